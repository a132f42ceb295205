"""web/api/trader: see docs/architecture.md."""
