"""A small, real-looking city, whose ledger tells four weeks of its food."""
