"""Commissioning: what an installer proves before a charger is handed over. Pure."""
