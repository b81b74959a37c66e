"""OCPP 1.6J: its words for what the station did, and for what it is asked."""
