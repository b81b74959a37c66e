"""The emulated board: a charger's physical world below the shipped drivers."""
