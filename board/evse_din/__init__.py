"""A Pi in front of an EVSE-DIN, EVSE-WB or SimpleEVSE-WB."""
