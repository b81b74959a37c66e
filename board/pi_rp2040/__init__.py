"""A Pi with our RP2040 pilot board beside it, which has ring 1."""
