"""trace/ledger: see docs/architecture.md."""
