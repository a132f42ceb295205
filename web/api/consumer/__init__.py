"""web/api/consumer: see docs/architecture.md."""
