"""Confidential fields: left out of a link, committed to by salted digests, shown by disclosures."""
