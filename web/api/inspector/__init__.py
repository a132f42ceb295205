"""web/api/inspector: see docs/architecture.md."""
