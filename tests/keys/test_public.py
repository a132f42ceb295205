import base64
import contextlib
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys import public
from suyuan.keys.errors import BadKey
from suyuan.keys.public import P256_ORDER as N
from suyuan.keys.signer import LocalSigner

ED_PREFIX = bytes.fromhex("302a300506032b6570032100")
P256_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
MESSAGE = b"DSSEv1 ..."
RSA = rsa.RSAPublicNumbers(65537, (1 << 1024) | 1).public_key()


def spki(key, form=serialization.PublicFormat.SubjectPublicKeyInfo):
    return key.public_bytes(serialization.Encoding.DER, form)


def p256(scalar=7):
    return LocalSigner.from_scalar(scalar)


# RFC 8032, 7.1: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
        "1cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
        "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "key", "message", "signature"), RFC_8032)
def test_vectors_of_rfc_8032(secret, key, message, signature):
    signer = LocalSigner.from_seed(bytes.fromhex(secret))
    assert signer.public.spki == ED_PREFIX + bytes.fromhex(key)
    assert signer.public.alg == "Ed25519"
    assert signer.public.keyid == hashlib.sha256(signer.public.spki).hexdigest()
    assert signer.sign(bytes.fromhex(message)) == bytes.fromhex(signature)
    assert signer.public.verify(bytes.fromhex(message), bytes.fromhex(signature))
    assert not signer.public.verify(bytes.fromhex(message) + b"\0", bytes.fromhex(signature))


def test_p256_signature_is_r_and_low_s():
    signer = p256()
    for count in range(8):
        message = bytes([count])
        signature = signer.sign(message)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        assert len(signature) == 64
        assert s <= N // 2
        assert signer.public.verify(message, signature)
        assert not signer.public.verify(message + b"!", signature)
        assert not signer.public.verify(message, signature[:32] + (N - s).to_bytes(32, "big"))
        assert not signer.public.verify(message, encode_dss_signature(r, s))


def with_s(s, r_from=3):
    """The P-256 key under which r (of the scalar `r_from`) and `s` sign MESSAGE, and r."""
    r = int.from_bytes(p256(r_from).public.spki[27:59], "big") % N
    digest = int.from_bytes(hashlib.sha256(MESSAGE).digest(), "big")
    return p256((s * r_from - digest) * pow(r, -1, N) % N).public, r.to_bytes(32, "big")


@pytest.mark.parametrize(
    ("s", "good"), [(1, True), (N // 2, True), (N // 2 + 1, False), (N - 1, False)]
)
def test_p256_s_is_in_the_lower_half_to_the_last_number_and_has_32_bytes(s, good):
    key, r = with_s(s)
    assert key.verify(MESSAGE, r + s.to_bytes(32, "big")) is good
    assert not key.verify(MESSAGE, r + s.to_bytes(33, "big"))
    assert not key.verify(MESSAGE, r + s.to_bytes(32, "big").lstrip(b"\0")[:31])


@pytest.mark.parametrize("r", [0, 1, N - 1, N, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, N // 2, N // 2 + 1, N - 1, N, 2**256 - 1])
def test_p256_numbers_out_of_range_are_refused(r, s):
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert not p256().public.verify(MESSAGE, signature)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["Ed25519", "ECDSA-P256"]), st.binary(max_size=80))
def test_verify_of_any_bytes_is_false_and_raises_nothing(alg, signature):
    key = p256().public if alg == "ECDSA-P256" else LocalSigner.from_seed(bytes(32)).public
    assert key.verify(MESSAGE, signature) is False
    assert key.verify(MESSAGE, (signature * 80)[:64]) is False


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([p256(), LocalSigner.from_seed(bytes(32))]), st.integers(0, 511))
def test_verify_after_any_flipped_bit_is_false(signer, bit):
    signature = bytearray(signer.sign(MESSAGE))
    signature[bit // 8] ^= 1 << bit % 8
    assert not signer.public.verify(MESSAGE, bytes(signature))


def test_load_takes_what_it_gave():
    for key in (p256().public, LocalSigner.new().public, LocalSigner.new("ECDSA-P256").public):
        assert public.load(key.spki) == key
        assert key.keyid == public.keyid(key.spki)
    assert len(LocalSigner.new().public.spki) == 44
    assert len(p256().public.spki) == 91


EXPLICIT_PARAMETERS = base64.b64decode(
    "MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////"
    "////MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7"
    "zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP"
    "40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8YyVR"
    "AgEBA0IABM1T7DYj7nImTLyerzH76QC+Nd32d2kyXGVBLrT3v8oOvg4Q4l3pGBgteLDyqFGjMZB9cMgPiUDgYJKq"
    "zmgMW0c="
)


def _bad_keys():
    """Besides those of tests/vectors."""
    p256_key = p256().public.spki
    ed_key = LocalSigner.from_seed(bytes(32)).public.spki
    public_key = p256().private.public_key()
    form = serialization.PublicFormat.CompressedPoint
    compressed = public_key.public_bytes(serialization.Encoding.X962, form)

    def point(x, y):
        return p256_key[:27] + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    # x = 5 is on the curve and 5 + p fits 32 bytes: the same point, not canonical.
    five = pow(5**3 - 3 * 5 + P256_B, (P256_FIELD + 1) // 4, P256_FIELD)
    assert public.load(point(5, five)).alg == "ECDSA-P256"
    yield "x not below the field's prime", point(5 + P256_FIELD, five)
    yield "infinity", bytes.fromhex("301a301306072a8648ce3d020106082a8648ce3d030107030200") + b"\0"
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    yield "compressed", head + compressed
    yield "explicit parameters", EXPLICIT_PARAMETERS
    for curve in (ec.SECP256K1(), ec.SECP384R1(), ec.SECP521R1()):
        yield curve.name, spki(ec.derive_private_key(7, curve).public_key())
    yield "Ed25519 trailing byte", ed_key + b"\0"
    yield "Ed25519 a byte short", ed_key[:-1]
    yield "Ed25519 raw", ed_key[12:]
    yield "X25519", spki(x25519.X25519PrivateKey.from_private_bytes(bytes(32)).public_key())
    yield "Ed448's OID in 44 bytes", ed_key[:8] + b"\x71" + ed_key[9:]
    head = bytes.fromhex("302c300706032b65700500032100")
    yield "Ed25519 with NULL parameters", head + ed_key[12:]
    yield "Ed25519 in long form", b"\x30\x81\x2a" + ed_key[2:]
    pem = serialization.PublicFormat.SubjectPublicKeyInfo
    yield "PEM", public_key.public_bytes(serialization.Encoding.PEM, pem)


P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@pytest.mark.parametrize("key", [pytest.param(key, id=name) for name, key in _bad_keys()])
def test_other_keys_are_refused(key):
    with pytest.raises(BadKey):
        public.load(key)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=100), st.sampled_from([b"", ED_PREFIX, p256().public.spki[:27]]))
def test_any_bytes_load_or_raise_bad_key(data, prefix):
    for key in (prefix + data, (prefix + data + bytes(91))[: 44 if prefix == ED_PREFIX else 91]):
        with contextlib.suppress(BadKey):
            assert public.load(key).spki == key


def test_of_refuses_other_kinds_of_keys():
    for key in (ec.derive_private_key(7, ec.SECP384R1()).public_key(), RSA):
        with pytest.raises(BadKey):
            public.of(key)
