"""Erasing: what is carried out after an order, and how it is made sure of (docs/ERASURE.md §6)."""
