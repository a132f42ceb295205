"""trace/format: see docs/architecture.md."""
