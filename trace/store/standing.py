"""Since when who may sign has not changed."""

# One more than the index of the last statement on who may sign; 0 where there is none.
LAST_STANDING = """
SELECT coalesce(max(moment) + 1, 0) FROM (
    SELECT max(stated) AS moment FROM party
    UNION ALL SELECT max(gone) FROM party
    UNION ALL SELECT max(stated) FROM registrar
    UNION ALL SELECT max(enrolled) FROM key
    UNION ALL SELECT max(revoked) FROM key
    UNION ALL SELECT max(given) FROM mandate
    UNION ALL SELECT max(withdrawn) FROM mandate
) moments
"""
