"""web/api/ledger: see docs/architecture.md."""
