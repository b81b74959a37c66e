"""What a session comes to by its tariff."""
