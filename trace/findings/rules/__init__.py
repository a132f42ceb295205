"""trace/findings/rules: see docs/architecture.md."""
