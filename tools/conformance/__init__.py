"""Conformance: which test shows which case of certification and which behaviour of OCPP."""
