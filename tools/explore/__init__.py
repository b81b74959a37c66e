"""Explore: every state that ring 1 can reach, and the invariants in each of them."""
