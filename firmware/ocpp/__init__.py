"""The station as an OCPP charge point: frames, outbox, and one dialect per version."""
