"""Hardware in the loop: timing cases against a charger, with a real or an emulated car side."""
