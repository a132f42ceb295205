"""web/pages/inspector: see docs/architecture.md."""
