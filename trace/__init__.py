"""The ledger: identifiers, events, links, chains, rules, log and store."""
