"""Evidence files: an item's history with its proofs, to be verified by anyone, anywhere."""
