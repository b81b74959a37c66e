"""Images of whole systems: two of them side by side, which rauc switches, and one for data."""
