"""Identifiers of items, parties, places and products, and the codes that people type."""
