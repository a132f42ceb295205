"""Plausibility: what was recorded that cannot be true, or should not be; a rule a file."""
