"""trace/store/files: see docs/architecture.md."""
