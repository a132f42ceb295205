"""All that is random in the demo, derived from its seed: keys, codes, serials, event ids.

So the city is the same, byte for byte, whenever it is built from the same seed for the same day,
and no key of it is ever stored.
"""

import hashlib
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from suyuan.keys.public import P256_ORDER
from suyuan.keys.signer import LocalSigner

from ..identifiers import codes


class SteadySigner(LocalSigner):
    """A P-256 signer that signs the same message the same way each time (RFC 6979)."""

    def sign(self, message: bytes) -> bytes:
        """A valid signature over `message`: 64 bytes, s in the lower half."""
        assert isinstance(self.private, ec.EllipticCurvePrivateKey)
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.private.sign(message, algorithm))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


class Dice:
    """Bytes that the seed and a name give, always the same."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def draw(self, name: str, length: int) -> bytes:
        """`length` bytes for a name (HKDF of the seed)."""
        label = f"suyuan demo:{name}".encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=label).derive(self.seed.encode())

    def signer(self, name: str, alg: str) -> LocalSigner:
        """The signer of a name, its key made of the seed in memory."""
        if alg == "ECDSA-P256":
            number = int.from_bytes(self.draw(f"key:{name}", 48), "big")
            return SteadySigner.from_scalar(number % (P256_ORDER - 1) + 1)
        return LocalSigner.from_seed(self.draw(f"key:{name}", 32))

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
        found: set[str] = set()
        block = 0
        while len(found) < count:
            data = self.draw(f"serials:{name}:{block}", codes.SERIAL_LENGTH * count)
            letters = "".join(codes.ALPHABET[byte & 31] for byte in data)
            runs = range(0, len(letters), codes.SERIAL_LENGTH)
            found.update(letters[at : at + codes.SERIAL_LENGTH] for at in runs)
            block += 1
        return sorted(found)[:count]
