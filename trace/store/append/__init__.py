"""trace/store/append: see docs/architecture.md."""
