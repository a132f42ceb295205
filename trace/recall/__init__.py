"""Holds and recalls: levels and deadlines, scope, progress, closing, and what a page says."""
