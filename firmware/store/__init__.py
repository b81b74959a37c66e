"""The store: what must survive a power cut, in one SQLite file behind one connection."""
