"""Debian packages of a charger: Ampkeeper, the wheels that it needs, and its services."""
