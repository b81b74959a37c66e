"""``make bench``: the budgets, measured on this machine and printed as a table."""
