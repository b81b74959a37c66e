"""Doctor: what is wrong with a fresh controller, and what to do about it."""
