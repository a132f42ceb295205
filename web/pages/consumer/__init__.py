"""web/pages/consumer: see docs/architecture.md."""
