"""trace/exchange: see docs/architecture.md."""
