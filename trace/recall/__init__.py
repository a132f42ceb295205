"""Holds and recalls: levels and deadlines, scope, progress, closing, and what a page says of them.

Pure where it can be; the rest asks one Reader and the Lineage over it.
"""
