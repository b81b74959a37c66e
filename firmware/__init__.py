"""What the charger decides. Ring 1 is ``safety``; the rest is the station and its faces."""

__version__ = "0.1.0"
