"""What an office follows up, as one list: where tasks come from, what repeats, page by page."""
