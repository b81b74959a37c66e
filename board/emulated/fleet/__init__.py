"""A fleet of whole emulated chargers in one process, each at a central system by itself."""
