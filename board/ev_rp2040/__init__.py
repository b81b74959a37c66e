"""A car's side on an RP2040: relays and resistors, and stamps of what the charger does."""
