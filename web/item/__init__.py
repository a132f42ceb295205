"""web/item: see docs/architecture.md."""
