"""What becomes of consumers' reports: their cases, who handles them, what the reporter is told."""
