"""web/cache: see docs/architecture.md."""
