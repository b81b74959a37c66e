"""Receipts that leave the station by themselves: by e-mail, or pushed over HTTPS."""
