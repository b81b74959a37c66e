"""How hardware is reached: ports, drivers, and the link to the pilot board."""
