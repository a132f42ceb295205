"""Draws (双随机) that anyone can recompute: made, kept until they are opened, and checked."""
