"""DSSE envelopes of exactly one encoding, with exactly one signature."""

import binascii
import re

from . import base64
from .errors import EncodingError
from .public import PublicKey
from .records import record
from .signer import Signer

_ENVELOPE = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/]*={0,2})","payloadType":"([!#-\[\]-~]+)",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]*={0,2})"\}\]\}'
)
_PAYLOAD_AT = len('{"payload":"')


@record
class Envelope:
    """One payload and one signature over it, by the key named `keyid`."""

    payload_type: str
    payload: bytes
    keyid: str
    signature: bytes

    def encode(self) -> bytes:
        """The envelope's only valid bytes (docs/format.md section 2)."""
        return (
            f'{{"payload":"{base64.encode(self.payload)}","payloadType":"{self.payload_type}",'
            f'"signatures":[{{"keyid":"{self.keyid}","sig":"{base64.encode(self.signature)}"}}]}}'
        ).encode()

    def verify(self, key: PublicKey) -> bool:
        """Whether `key` is the one named and its signature is valid over the payload."""
        return key.keyid == self.keyid and key.verify(
            pae(self.payload_type, self.payload), self.signature
        )


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def decode(data: bytes, payload_type: str) -> Envelope:
    """The envelope of this type that `data` is the one encoding of; else EncodingError."""
    match = _ENVELOPE.fullmatch(data)
    if match is None:
        raise EncodingError(
            "not the envelope's one encoding: payload, payloadType, signatures with one keyid "
            "and sig, in this order, without spaces or escapes"
        )
    payload, kind, keyid, sig = match.groups()
    if kind != payload_type.encode():
        raise EncodingError("payload type %s, expected %s", kind[:80].decode(), payload_type)
    return Envelope(payload_type, _bytes(payload), keyid.decode("ascii"), _bytes(sig))


def _bytes(spelt: bytes) -> bytes:
    """The bytes of base64 in its one spelling; EncodingError as `base64.decode` raises it."""
    try:
        data = binascii.a2b_base64(spelt, strict_mode=True)
    except binascii.Error:
        return base64.decode(spelt.decode("ascii"))
    if binascii.b2a_base64(data, newline=False) != spelt:
        return base64.decode(spelt.decode("ascii"))
    return data


def accepted(data: bytes, payload_type: str) -> Envelope:
    """The envelope of bytes that `decode` has accepted under this type, not checked again."""
    end, sig = data.index(b'"', _PAYLOAD_AT), data.rindex(b'","sig":"')
    return Envelope(
        payload_type,
        binascii.a2b_base64(data[_PAYLOAD_AT:end]),
        data[sig - 64 : sig].decode("ascii"),
        binascii.a2b_base64(data[sig + 9 : -4]),
    )


def seal(signer: Signer, payload_type: str, payload: bytes) -> Envelope:
    """`payload` signed by `signer`."""
    signature = signer.sign(pae(payload_type, payload))
    return Envelope(payload_type, payload, signer.public.keyid, signature)
