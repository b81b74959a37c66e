"""What a meter's readings are worth: age, quality, plausibility."""
