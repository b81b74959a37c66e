"""Energy meters: one driver per bus, one register map per part."""
