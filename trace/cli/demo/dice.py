"""All that is random in the demo, derived from its seed: codes, serials, nonces, event ids.

So the city is the same, byte for byte, whenever it is built from the same seed for the same day.
"""

import hashlib
import uuid

from suyuan.keys import seeded
from suyuan.trace.format.identifiers import codes


class Dice:
    """Bytes that the seed and a name give, always the same."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def draw(self, name: str, length: int) -> bytes:
        """`length` bytes for a name."""
        return seeded.derive(self.seed, name, length)

    def code(self, name: str) -> str:
        """A trace code."""
        return codes.from_bits(int.from_bytes(self.draw(f"code:{name}", 10), "big") >> 5)

    def nonce(self, name: str) -> bytes:
        """The nonce with which a new key shows that it is held."""
        return self.draw(f"nonce:{name}", 16)

    def event_id(self, number: int) -> str:
        """The id of the demo's event of this number; one hash, since there are many of them."""
        digest = hashlib.sha256(f"suyuan demo:{self.seed}:event:{number}".encode()).digest()
        return f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"

    def serials(self, name: str, count: int) -> list[str]:
        """Label serials, each once, in byte order."""
        serials: set[str] = set()
        block = 0
        while len(serials) < count:
            data = self.draw(f"serials:{name}:{block}", codes.SERIAL_LENGTH * count)
            letters = "".join(codes.ALPHABET[byte & 31] for byte in data)
            starts = range(0, len(letters), codes.SERIAL_LENGTH)
            serials.update(letters[at : at + codes.SERIAL_LENGTH] for at in starts)
            block += 1
        return sorted(serials)[:count]
