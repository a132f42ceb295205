"""web/api: see docs/architecture.md."""
