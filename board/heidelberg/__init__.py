"""A Pi in front of a Heidelberg Energy Control."""
