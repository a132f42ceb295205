"""Commands about the ledger itself: making, verifying, publishing and witnessing it."""
