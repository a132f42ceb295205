"""trace/store/rebuild: see docs/architecture.md."""
