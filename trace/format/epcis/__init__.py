"""EPCIS 2.0 and CBV 2.0 in JSON: other people's documents read and checked, events of our own
checked before they are signed.

Pure: no files, no network, no database. Its parsers raise `EpcisError` and nothing else.
"""

MEDIA_TYPE = "application/ld+json"
