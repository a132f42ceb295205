"""What offices keep beside the ledger: notes of tasks, and their documents with their numbers."""
