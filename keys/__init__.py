"""Keys, signatures, envelopes, notes, and who may sign since when. Knows nothing of food."""
