"""Energy: where limits come from besides the central system: mains, sun, hours, prices."""
