"""trace/recording: see docs/architecture.md."""
