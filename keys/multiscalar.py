"""Sums of multiples of Ed25519's points, by an installed lib25519 (Debian's lib25519-1)."""

import ctypes
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from functools import lru_cache

# Scalars, each below the order L, with the encoded point that each multiplies; their sum, encoded.
Multiscalar = Callable[[Sequence[tuple[int, bytes]]], bytes | None]

_SONAME = "lib25519.so.1"


@lru_cache(maxsize=1)
def load() -> Multiscalar | None:
    """The function of the installed library, None where there is none; raises nothing.

    It gives the 32 bytes of the sum, or None where a scalar or an encoding is not canonical.
    """
    try:
        function = _library().lib25519_multiscalar_ed25519
    except (OSError, AttributeError):  # not installed, or a version without this function
        return None
    # The sum is written; scalars, points and their number are read.
    function.restype = None
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_longlong]

    def multiscalar(terms: Sequence[tuple[int, bytes]]) -> bytes | None:
        scalars = b"".join([scalar.to_bytes(32, "little") for scalar, _ in terms])
        points = b"".join([point for _, point in terms])
        if len(points) != 32 * len(terms):
            return None  # the library would read beyond its input
        found = ctypes.create_string_buffer(33)  # the sum, and 1 where all input was canonical
        function(found, scalars, points, len(terms))
        return found.raw[:32] if found.raw[32] == 1 else None

    return multiscalar


def _library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL(_SONAME)  # looking a library up by its name starts other programs
    except OSError:
        name = find_library("25519")
        if name is None:
            raise
        return ctypes.CDLL(name)
