"""Users: the people of this charger, their cards, and how long and how much they may charge."""
