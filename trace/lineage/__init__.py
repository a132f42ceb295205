"""Lineage: what an item was made from and what became of it, who has how much of it, and where."""
