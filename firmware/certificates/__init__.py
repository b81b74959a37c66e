"""Certificates: which roots are trusted, which certificate the station shows, and what is valid."""
