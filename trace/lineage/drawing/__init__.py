"""trace/lineage/drawing: see docs/architecture.md."""
