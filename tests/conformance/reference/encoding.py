"""Section 2 of the format: bytes, JSON and signatures. Part of the second verifier."""

import base64
import hashlib
import json

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

BIG = 2**53 - 1
HEX = "0123456789abcdef"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def from_base64(text):
    """Padded RFC 4648 section 4 in its only spelling, or None."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    if any(c not in letters for c in text) or len(text) % 4:
        return None
    try:
        data = base64.b64decode(text)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def from_base64url(text):
    """Section 5 of RFC 4648 without padding in its only spelling, or None."""
    if any(c in "+/=" for c in text):
        return None
    return from_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))


def wrap(payload, kind, keyid, sig):
    """The one encoding of an envelope."""
    return (
        '{"payload":"' + payload + '","payloadType":"' + kind + '","signatures":[{"keyid":"'
        + keyid + '","sig":"' + sig + '"}]}'
    ).encode()  # fmt: skip


def envelope(data, kind):
    """Payload, keyid and signature of an envelope of this payload type, or None."""
    try:
        parts = json.loads(data.decode("ascii"))
        one = parts["signatures"][0]
        payload, keyid, sig = parts["payload"], one["keyid"], one["sig"]
        if wrap(payload, kind, keyid, sig) != data or len(keyid) != 64 or set(keyid) - set(HEX):
            return None
        payload, sig = from_base64(payload), from_base64(sig)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    return None if payload is None or sig is None else (payload, keyid, sig)


def read_json(data):
    """The value whose RFC 8785 form `data` is; ValueError for what the format excludes."""

    def members(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def integer(text):
        if len(text) > 20 or abs(int(text)) > BIG:
            raise ValueError("beyond 2^53 - 1")
        return int(text)

    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=members, parse_int=integer)
        look(value, 1)
        again = rfc8785.dumps(value)
    except RecursionError:
        raise ValueError("too deep") from None
    if again != data:
        raise ValueError("not its own RFC 8785 form")
    return value


def look(value, level):
    if isinstance(value, str):
        value.encode("utf-8")  # a lone surrogate raises
        if "\0" in value:
            raise ValueError("U+0000")
    elif isinstance(value, list | dict):
        if level > 64:
            raise ValueError("too deep")
        for part in value:
            look(part, level + 1)
            if isinstance(value, dict):
                look(value[part], level + 1)


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
B256 = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ED_START = bytes.fromhex("302a300506032b6570032100")
EC_START = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def plus(p, q):
    """Addition on edwards25519 in affine coordinates, as RFC 8032 section 5.1.4 begins."""
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P
    return x, y


def times(scalar, point):
    total = (0, 1)
    while scalar:
        if scalar % 2:
            total = plus(total, point)
        point, scalar = plus(point, point), scalar // 2
    return total


def point_of(raw):
    """The point on edwards25519 that 32 bytes encode canonically, or None."""
    y, sign = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign == 1):
        return None
    return (x if x & 1 == sign else P - x), y


def is_good_ed25519(raw):
    """Canonical, on the curve, of prime order."""
    point = point_of(raw)
    return point not in (None, (0, 1)) and times(L, point) == (0, 1)


def algorithm(spki):
    """Ed25519 or ECDSA-P256 where these bytes are such a key's one DER form, else None."""
    if len(spki) == 44 and spki.startswith(ED_START):
        return "Ed25519" if is_good_ed25519(spki[12:]) else None
    if len(spki) == 91 and spki.startswith(EC_START):
        x, y = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
        if x < P256 and y < P256 and (y * y - x * x * x + 3 * x - B256) % P256 == 0:
            return "ECDSA-P256"
    return None


def is_signed(spki, kind, payload, sig):
    return is_valid(spki, f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload, sig)


def is_valid(spki, message, sig):
    if len(sig) != 64:
        return False
    try:
        if spki.startswith(ED_START):
            r, s = int.from_bytes(sig[:32], "little"), int.from_bytes(sig[32:], "little")
            if s >= L or r % 2**255 >= P:
                return False
            ed25519.Ed25519PublicKey.from_public_bytes(spki[12:]).verify(sig, message)
        else:
            r, s = int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big")
            if not 0 < r < N or not 0 < s <= N // 2:
                return False
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), spki[26:])
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
