"""Ports: what a dialect asks of one area of the station; ``StationPort`` joins them."""
