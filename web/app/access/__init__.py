"""web/app/access: see docs/architecture.md."""
