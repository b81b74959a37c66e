"""What builds and measures, and is not shipped."""
