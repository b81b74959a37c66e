"""OCPP 2.0.1: its words for what the station did, and for what it is asked."""
