"""trace/watch/publishing: see docs/architecture.md."""
