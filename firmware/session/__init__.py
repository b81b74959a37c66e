"""Plug to unplug, as one table; and what a session must not lose."""
