"""Other people's formats, read: tables of batches, EPCIS documents."""
