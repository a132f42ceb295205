"""EPCIS 2.0 and CBV 2.0: the whole vocabulary checked, on documents and on single events."""
