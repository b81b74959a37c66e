"""Panel: lamp, buzzer and button at the charger."""
