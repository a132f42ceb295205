"""trace/store/read: see docs/architecture.md."""
