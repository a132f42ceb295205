"""trace/inspection: see docs/architecture.md."""
