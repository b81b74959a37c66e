"""Self-tests: what they are called and need, and those that the station runs itself."""
