"""trace/goods/handover: see docs/architecture.md."""
