"""Labels: their serials, their codes, and the pictures of them."""
