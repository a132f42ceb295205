"""web/app: see docs/architecture.md."""
