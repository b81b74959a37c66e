"""Twins of bought pilot boards: each on its wire, below the shipped driver, with a simple car."""
