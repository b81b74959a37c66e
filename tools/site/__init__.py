"""A site of chargers in virtual time, and how well it shares."""
