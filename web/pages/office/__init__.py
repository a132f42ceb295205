"""web/pages/office: see docs/architecture.md."""
