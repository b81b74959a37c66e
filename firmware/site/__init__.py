"""One site: chargers that share its fuses."""
