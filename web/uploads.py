"""Files that forms send."""

from flask import request


def photo() -> bytes | None:
    """The content of the form's photo; None where none was chosen."""
    found = request.files.get("photo")
    if found is None:
        return None
    try:
        return found.read() or None
    finally:
        for other in request.files.values():
            other.close()
