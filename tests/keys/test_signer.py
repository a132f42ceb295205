import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from suyuan.keys import dsse
from suyuan.keys.errors import BadKey
from suyuan.keys.signer import LocalSigner, Signer

TYPE = "application/vnd.suyuan.link+json"


class Card:
    """A signer whose key is elsewhere: it knows the public key and hands messages on."""

    def __init__(self, inside):
        self._inside = inside
        self.asked = []

    @property
    def public(self):
        return self._inside.public

    def sign(self, message):
        self.asked.append(message)
        return self._inside.sign(message)


@pytest.mark.parametrize("alg", ["Ed25519", "ECDSA-P256"])
def test_new_keys_sign_and_differ(alg):
    signer, other = LocalSigner.new(alg), LocalSigner.new(alg)
    assert isinstance(signer, Signer)
    assert signer.public.alg == alg
    assert signer.public != other.public
    assert signer.public.verify(b"m", signer.sign(b"m"))
    assert not other.public.verify(b"m", signer.sign(b"m"))


@pytest.mark.parametrize("alg", ["", "ed25519", "RSA", "ML-DSA-44"])
def test_other_algorithms_are_refused(alg):
    with pytest.raises(BadKey, match="choose one of Ed25519, ECDSA-P256"):
        LocalSigner.new(alg)


def test_other_curves_are_refused():
    with pytest.raises(BadKey, match="secp384r1"):
        LocalSigner(ec.derive_private_key(7, ec.SECP384R1()))


def test_known_scalar():
    # The generator of P-256, compressed to its x.
    assert LocalSigner.from_scalar(1).public.spki[27:59].hex() == (
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    )


@pytest.mark.parametrize("alg", ["Ed25519", "ECDSA-P256"])
def test_a_signer_that_is_not_local_seals_too(alg):
    card = Card(LocalSigner.new(alg))
    assert isinstance(card, Signer)
    envelope = dsse.seal(card, TYPE, b"{}")
    assert card.asked == [b"DSSEv1 32 application/vnd.suyuan.link+json 2 {}"]
    assert envelope.verify(card.public)
    assert dsse.decode(envelope.encode(), TYPE) == envelope
