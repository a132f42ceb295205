"""web/api/office: see docs/architecture.md."""
