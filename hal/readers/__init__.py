"""RFID readers: frame codecs without I/O, and a thin driver on each."""
