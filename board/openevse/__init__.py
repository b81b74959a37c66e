"""A Pi in front of an OpenEVSE controller."""
