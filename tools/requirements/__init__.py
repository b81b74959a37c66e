"""Requirements: which test shows which requirement, and which requirement has none."""
