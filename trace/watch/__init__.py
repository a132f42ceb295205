"""trace/watch: see docs/architecture.md."""
