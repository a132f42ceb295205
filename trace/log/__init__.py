"""The Merkle log over all links (RFC 6962) and its checkpoints (C2SP tlog-checkpoint)."""
