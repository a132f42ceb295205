"""trace/goods/identity: see docs/architecture.md."""
