"""Which Ed25519 public keys are good: canonical and of prime order (RFC 8032 section 5.1).

`cryptography` accepts points of small order and y >= p; this tests them out, once for each key.
Signatures themselves are checked in `verification` and `batch`.
"""

_P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T
_NEUTRAL: _Point = (0, 1, 1, 0)

_SIGN = 1 << 255
BASE = (4 * pow(5, -1, _P) % _P).to_bytes(32, "little")
# The points that 8, the cofactor, multiplies to the neutral one: their orders are 1, 2, 4 and 8.
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = frozenset(
    number.to_bytes(32, "little")
    for number in (1, _P - 1, 0, _SIGN, _Y8, _Y8 | _SIGN, _P - _Y8, (_P - _Y8) | _SIGN)
)
# All encodings of a y that is not below p, and of x = 0 with a sign.
NOT_CANONICAL = frozenset(
    number.to_bytes(32, "little")
    for number in (*range(_P, _SIGN), *range(_P | _SIGN, 1 << 256), 1 | _SIGN, (_P - 1) | _SIGN)
)


def is_good_point(key: bytes) -> bool:
    """Whether 32 bytes encode, canonically, a point of prime order L."""
    point = _decode(key)
    return point is not None and not _is_neutral(point) and _is_neutral(_multiply(L, point))


def sum_of(point: bytes, other: bytes) -> bytes:
    """The encoded sum of two points, of which each must be an encoding."""
    left, right = _decode(point), _decode(other)
    assert left is not None and right is not None
    return _encode(_add(left, right))


def _encode(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _decode(key: bytes) -> _Point | None:
    number = int.from_bytes(key, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(key) != 32 or y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _SQRT_M1 % _P
    if v * x * x % _P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _is_neutral(point: _Point) -> bool:
    x, y, z, _ = point
    return x == 0 and (y - z) % _P == 0


def _multiply(scalar: int, point: _Point) -> _Point:
    total = _NEUTRAL
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)
