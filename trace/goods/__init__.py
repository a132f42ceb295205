"""trace/goods: see docs/architecture.md."""
