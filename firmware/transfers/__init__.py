"""Transfers: files that are fetched for the station, and files that it sends away."""
