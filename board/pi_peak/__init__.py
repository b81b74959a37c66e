"""A Pi alone: ring 1 as a process of its own, behind peak detectors and an ADC."""
