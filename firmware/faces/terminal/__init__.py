"""Where people pay by card: asks a payment terminal for what the till has written down."""
