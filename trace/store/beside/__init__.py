"""trace/store/beside: see docs/architecture.md."""
