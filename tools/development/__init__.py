"""Development: a root and a release key that everybody has, for emulation and tests."""
