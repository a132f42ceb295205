"""web/pages/trader: see docs/architecture.md."""
