"""A witness: cosigns checkpoints of other people's logs that only ever grow (C2SP tlog-witness)."""
