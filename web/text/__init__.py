"""web/text: see docs/architecture.md."""
