"""The demonstration: a small central system, a charger, a car, and a live view of all three."""
