"""The device model of OCPP 2.x: what there is, where it stands, and which of it a report is of."""
