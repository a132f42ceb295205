"""The store: one database that holds one ledger, on SQLite or PostgreSQL."""
