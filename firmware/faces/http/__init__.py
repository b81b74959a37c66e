"""HTTP: faces that are served over it."""
