"""What every board with a Pi as its host shares: keys, meter and reader, the life of a station."""
