"""Simulate: years of one charger's life in virtual time, judged all the while."""
