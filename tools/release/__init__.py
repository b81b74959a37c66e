"""Release: the wheel that goes to customers, from what is committed."""
