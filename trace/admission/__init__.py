"""trace/admission: see docs/architecture.md."""
