"""Who limits the current, and why."""
