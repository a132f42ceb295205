"""web/server: see docs/architecture.md."""
