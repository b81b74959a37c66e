"""Linux: serial lines, pseudo-terminals and other ways in which a Pi reaches its parts."""
