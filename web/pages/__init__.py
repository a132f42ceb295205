"""web/pages: see docs/architecture.md."""
