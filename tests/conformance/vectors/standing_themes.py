"""Vectors about who may sign what: the beginning, keys, and the keys of shared terminals."""

import json

from conformance.reference.encoding import B256, P256
from conformance.vectors import curve
from conformance.vectors import making as m
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from suyuan.keys import base64, canonical, dsse, public
from suyuan.trace.admission import enrolment
from suyuan.trace.format import link

AUTHORITY = m.party(m.AUTHORITY, roles=["authority"], division="350200")
NOBODY = f"https://{m.HOST}/party/X"
HARBOUR = "urn:uscc:11350213000000001A"
ISLAND = "urn:uscc:11350205000000002B"


def appoint(uri, *remit):
    return {"type": "registrar", "op": "appoint", "party": uri, "remit": list(remit)}


def dismiss(uri):
    return {"type": "registrar", "op": "dismiss", "party": uri}


def leave(uri):
    return {"type": "party", "op": "leave", "party": uri}


def beginning():
    """Leaf 0."""
    book = m.Ledger(
        "The first link (section 4): the authority's own admission, signed by the root key."
    )
    root = m.AS_ROOT
    book.no("key", "another key than the root key", m.FARM_KEY, m.AUTHORITY, AUTHORITY)
    book.no("key", "the root key for another party", m.ROOT, m.FARM, m.party(m.FARM))
    book.no("key", "a party admits itself by its own key", m.FARM_KEY, m.FARM, m.party(m.FARM))
    book.no("authority", "another party's admission", *root, m.party(m.FARM))
    book.no("authority", "a change", *root, AUTHORITY | {"op": "change"})
    book.no("authority", "leaving", *root, leave(m.AUTHORITY))
    book.no("authority", "an appointment", *root, appoint(m.AUTHORITY, "35"))
    book.no("authority", "a key", *root, m.enrol(m.AUTHORITY, m.SECOND_KEY))
    book.no("authority", "a mandate", *root, m.give(m.AUTHORITY, m.FARM))
    book.no("authority", "an event", *root, m.event(m.LOT))
    book.no("authority", "an event by reference", *root, event_ref=m.reference())
    place = {"type": "place", "uri": "x:y", "party": m.AUTHORITY, "name": "n", "division": "35"}
    book.no("authority", "a place", *root, place)
    book.no("items", "the wrong chain, before the wrong statement", *root, items=[m.LOT],
            statement=leave(m.AUTHORITY))  # fmt: skip
    book.no("after", "after itself", *root, AUTHORITY, after=[{"index": 0, "hash": m.DIGEST}])
    book.no("chain", "number 1", *root, statement=AUTHORITY,
            edit=lambda p: p["items"][0].update(seq=1, prev=m.DIGEST))  # fmt: skip
    book.ok("the authority admits itself", *root, AUTHORITY)
    book.again("and once more", 0, bytes.fromhex(book.steps[-1]["hex"]))
    book.no("statement", "admitted a second time", *root, AUTHORITY)
    book.ok("the authority may change itself", *root, AUTHORITY | {"op": "change"})
    book.ok("the root key needs no enrolment for events", *root, m.event(m.LOT))
    book.no("key", "the root key for a party not there", m.ROOT, m.FARM, m.event(m.LOT))
    book.ok("a party", *root, m.party(m.FARM, roles=["producer"]))
    book.no("key", "the root key for a party that is there", m.ROOT, m.FARM, m.event(m.LOT))
    mandate = m.give(m.FARM, m.AUTHORITY, ["storing"], paper=m.DIGEST)
    book.ok("a mandate to the authority", *root, mandate)
    book.no("key", "the root key under a mandate", m.ROOT, m.FARM, m.event(m.LOT))
    book.no("statement", "the root key cannot be revoked", *root, m.revoke(m.AUTHORITY, m.ROOT))
    book.no("statement", "the root key enrolled for the authority", *root,
            statement=m.enrol(m.AUTHORITY, m.ROOT))  # fmt: skip
    book.no("statement", "the root key enrolled for a party", *root, m.enrol(m.FARM, m.ROOT))
    book.ok("a second key of the authority", *root, m.enrol(m.AUTHORITY, m.SECOND_KEY))
    book.ok("which admits a party", m.SECOND_KEY, m.AUTHORITY, m.party(m.STALL))
    book.ok("the authority leaves", m.SECOND_KEY, m.AUTHORITY, leave(m.AUTHORITY))
    book.no("key", "and its root key signs nothing more", *root, AUTHORITY)
    book.no("key", "nor does its other key", m.SECOND_KEY, m.AUTHORITY, AUTHORITY)
    return book.as_steps()


def _spki(raw):
    return curve.ED_START + raw


def _claim(spki, sig=None, forge=None, **members):
    """An enrolment of these bytes for the second stall, whatever they are."""
    found = {"ledger": m.ORIGIN, "party": m.STALL_2, "keyid": public.keyid(spki)}
    nonce = 0
    while True:
        found["nonce"] = base64.encode_url(nonce.to_bytes(16, "big"))
        payload = canonical.dumps(found)
        message = dsse.pae(enrolment.POSSESSION_TYPE, payload)
        if forge is None or curve.challenge(curve.NEUTRAL, spki[12:], message) % forge == 0:
            break
        nonce += 1
    sig = sig(message) if sig is not None else curve.NEUTRAL + bytes(32)
    shown = curve.envelope(enrolment.POSSESSION_TYPE, payload, public.keyid(spki), sig).decode()
    return {
        "type": "key", "op": "enrol", "party": m.STALL_2, "keyid": public.keyid(spki),
        "alg": "Ed25519", "spki": base64.encode(spki), "kept": "file", "possession": shown,
    } | members  # fmt: skip


def bad_keys():
    """`statement`: enrolments of keys that are no good keys, or not shown to be held."""
    book = m.city(
        m.Ledger(
            "Keys that are not enrolled (sections 2, 4 and 5, rule statement): not canonical, not "
            "of prime order, of another form, or without possession. Where a possession could be "
            "forged without a secret, it is."
        )
    )
    market = m.MARKET_KEY, m.MARKET
    book.ok("a stall without a key", *market, m.party(m.STALL_2))

    def no(why, said):
        book.no("statement", why, *market, said)

    no("the neutral element", _claim(_spki(curve.NEUTRAL)))
    no("a point of order 2", _claim(_spki(curve.ORDER_2), forge=2))
    no("a point of order 4", _claim(_spki(curve.ORDER_4), forge=4))
    no("a point of order 8", _claim(_spki(curve.ORDER_8), forge=8))
    for why, raw in curve.NOT_CANONICAL.items():
        no(why, _claim(_spki(raw), forge=4))
    no("y = 2, on no curve", _claim(_spki((2).to_bytes(32, "little"))))
    no("32 bytes of 255", _claim(_spki(b"\xff" * 32)))
    mixed = curve.mixed_key(m.SECOND_KEY)
    no("a good key plus a point of order 8, its possession signed",
       _claim(mixed, lambda message: curve.mixed_signature(m.SECOND_KEY, message)))  # fmt: skip

    good = m.SECOND_KEY.public.spki
    sign = m.SECOND_KEY.sign
    no("an Ed25519 key with parameters NULL",
       _claim(bytes.fromhex("302c300706032b65700500032100") + good[12:], sign))  # fmt: skip
    no("an X25519 key", _claim(good[:8] + b"\x6e" + good[9:], sign))
    no("an Ed25519 key and one more byte", _claim(good + b"\0", sign))
    no("an Ed25519 key short of a byte", _claim(good[:-1], sign))
    no("the 32 bytes alone", _claim(good[12:], sign))
    no("no bytes", _claim(b"", sign))

    stall = m.p256(16)
    spki = stall.public.spki
    ecdsa = {"alg": "ECDSA-P256"}
    x, y = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
    start = spki[:26]

    def point(first, *numbers):
        return start + bytes([first]) + b"".join(n.to_bytes(32, "big") for n in numbers)

    no("a P-256 point off the curve", _claim(point(4, x, y ^ 1), stall.sign, **ecdsa))
    no("a P-256 point of zeros", _claim(point(4, 0, 0), stall.sign, **ecdsa))
    small = next(n for n in range(100) if _root(n) is not None)
    no("a P-256 point whose x is not reduced",
       _claim(point(4, small + P256, _root(small)), stall.sign, **ecdsa))  # fmt: skip
    no("a P-256 point in hybrid form", _claim(point(6 + y % 2, x, y), stall.sign, **ecdsa))
    short = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    no("a compressed P-256 key",
       _claim(short + bytes([2 + y % 2]) + spki[27:59], stall.sign, **ecdsa))  # fmt: skip
    no("the point at infinity", _claim(
        bytes.fromhex("3019301306072a8648ce3d020106082a8648ce3d03010703020000"), stall.sign,
        **ecdsa))  # fmt: skip
    no("a P-256 key and one more byte", _claim(spki + b"\0", stall.sign, **ecdsa))
    for curve_type, name in ((ec.SECP256K1(), "secp256k1"), (ec.SECP384R1(), "P-384")):
        other = ec.derive_private_key(12345, curve_type).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )  # fmt: skip
        no(f"a key on {name}", _claim(other, stall.sign, **ecdsa))

    no("an Ed25519 key said to be P-256", m.enrol(m.STALL_2, m.SECOND_KEY, alg="ECDSA-P256"))
    no("a P-256 key said to be Ed25519", m.enrol(m.STALL_2, stall, alg="Ed25519"))
    no("keyid of another key", m.enrol(m.STALL_2, m.SECOND_KEY, keyid=m.THIRD_KEY.public.keyid))
    no("spki of another key", m.enrol(
        m.STALL_2, m.SECOND_KEY, spki=base64.encode(m.THIRD_KEY.public.spki)))  # fmt: skip
    _bad_possessions(no)
    return book.as_file()


def _root(x):
    """A y with (x, y) on P-256, or None."""
    square = (x * x * x - 3 * x + B256) % P256
    y = pow(square, (P256 + 1) // 4, P256)
    return y if y * y % P256 == square else None


def _bad_possessions(no):
    key = m.SECOND_KEY
    shown = m.possession(key, m.STALL_2)
    parts = json.loads(shown)
    payload = base64.decode(parts["payload"])

    def sealed(data, kind=enrolment.POSSESSION_TYPE, signer=key):
        return dsse.seal(signer, kind, data).encode().decode()

    by_other = json.loads(shown)
    by_other["signatures"][0]["sig"] = base64.encode(
        m.THIRD_KEY.sign(dsse.pae(enrolment.POSSESSION_TYPE, payload))
    )
    for why, text in {
        "empty": "",
        "no envelope": "yes",
        "with a space": shown + " ",
        "of another type": sealed(payload, link.PAYLOAD_TYPE),
        "of the type sign-in": sealed(payload, "application/vnd.suyuan.sign-in+json"),
        "of another ledger": m.possession(key, m.STALL_2, ledger="other.example/log"),
        "for another party": m.possession(key, m.STALL),
        "of another key": m.possession(m.THIRD_KEY, m.STALL_2),
        "naming another key": m.possession(key, m.STALL_2, keyid=m.THIRD_KEY.public.keyid),
        "signed by another key": json.dumps(by_other, separators=(",", ":")),
        "with a further member": m.possession(key, m.STALL_2, x=1),
        "without a nonce": sealed(canonical.dumps(
            {"keyid": key.public.keyid, "ledger": m.ORIGIN, "party": m.STALL_2})),
        "with an empty nonce": m.possession(key, m.STALL_2, nonce=""),
        "with a nonce of 15 bytes": m.possession(key, m.STALL_2, nonce="A" * 20),
        "with a nonce of 17 bytes": m.possession(key, m.STALL_2, nonce="A" * 23),
        "with a padded nonce": m.possession(key, m.STALL_2, nonce="A" * 22 + "=="),
        "with a nonce whose unused bits are not zero": m.possession(
            key, m.STALL_2, nonce="A" * 21 + "B"),
        "with a nonce in the other base64": m.possession(key, m.STALL_2, nonce="+" + "A" * 21),
        "with a nonce that is a number": m.possession(key, m.STALL_2, nonce=1),
        "not in RFC 8785 form": sealed(payload.replace(b",", b", ")),
        "with a member twice": sealed(payload[:-1] + b',"party":"x"}'),
        "that is a list": sealed(b"[]"),
        "that is null": sealed(b"null"),
        "in letters that are not ASCII": shown.replace("payload", "pаyload", 1),
    }.items():  # fmt: skip
        no(f"possession {why}", m.enrol(m.STALL_2, key, possession=text))


def keys():
    """Enrolment, recovery, revocation."""
    book = m.city(m.Ledger("Keys over time (section 4): enrolment, recovery, revocation."))
    root, market, stall = m.AS_ROOT, m.AS_MARKET, m.AS_STALL
    first, second, third = m.STALL_KEY, m.SECOND_KEY, m.THIRD_KEY
    both = sorted([first.public.keyid, second.public.keyid])
    lot = m.event(m.CODED)
    farm = m.AS_FARM

    book.no("key", "a key never enrolled", m.STRANGER_KEY, m.FARM, lot)
    book.no("key", "another party's key, no mandate", m.FARM_KEY, m.STALL, lot)
    book.no("authority", "a further key by a stranger", *farm, m.enrol(m.STALL, second))
    book.no("statement", "a further key by another without `revokes`", *market,
            statement=m.enrol(m.STALL, second))  # fmt: skip
    book.no("statement", "`revokes` empty though there is a good key", *market,
            statement=m.enrol(m.STALL, second, revokes=[]))  # fmt: skip
    book.no("statement", "`revokes` in a party's own enrolment", *stall,
            statement=m.enrol(m.STALL, second, revokes=[first.public.keyid]))  # fmt: skip
    book.no("statement", "`revokes` empty in a party's own enrolment", *stall,
            statement=m.enrol(m.STALL, second, revokes=[]))  # fmt: skip
    book.no("statement", "a key for a party never admitted", *root, m.enrol(NOBODY, second))
    book.no("statement", "the same, by a registrar", *market, m.enrol(NOBODY, second))
    book.no("key", "the new key before it is enrolled", second, m.STALL, m.enrol(m.STALL, second))
    book.ok("a further key, by the stall itself", *stall, m.enrol(m.STALL, second))
    book.ok("which signs at once", second, m.STALL, lot)
    again = dsse.decode(book.accepted()[-1], link.PAYLOAD_TYPE).payload
    book.no_entry("chain", "its payload under the stall's other key: not the same link",
                  dsse.seal(first, link.PAYLOAD_TYPE, again).encode())  # fmt: skip
    for who in (m.STALL, m.FARM):
        by = stall if who == m.STALL else farm
        book.no("statement", f"a keyid enrolled before, for {who}", *by, m.enrol(who, second))
    book.no("statement", "a recovery that leaves a good key out", *market,
            statement=m.enrol(m.STALL, third, revokes=both[:1]))  # fmt: skip
    book.no("statement", "a recovery whose list is not sorted", *market,
            statement=m.enrol(m.STALL, third, revokes=both[::-1]))  # fmt: skip
    book.no("statement", "a recovery that names a key twice", *market,
            statement=m.enrol(m.STALL, third, revokes=[*both, both[-1]]))  # fmt: skip
    book.no("statement", "a recovery that names another's key", *market, statement=m.enrol(
        m.STALL, third, revokes=sorted([*both, m.FARM_KEY.public.keyid])))  # fmt: skip
    book.no("authority", "a recovery outside the remit", *market, statement=m.enrol(
        m.FARM, third, revokes=[m.FARM_KEY.public.keyid]))  # fmt: skip
    book.ok("a recovery by the market", *market, m.enrol(m.STALL, third, revokes=both))
    book.no("key", "the first key is revoked", *stall, lot)
    book.no("key", "the second key is revoked", second, m.STALL, lot)
    book.no("key", "a revoked key revokes itself", *stall, m.revoke(m.STALL, first))
    book.ok("the third key signs", third, m.STALL, lot)
    book.no("statement", "a revoked key revoked again", third, m.STALL, m.revoke(m.STALL, first))
    book.no("statement", "a revoked key enrolled again", third, m.STALL, m.enrol(m.STALL, first))
    book.no("statement", "another's key revoked as one's own", third, m.STALL,
            statement=m.revoke(m.STALL, m.FARM_KEY))  # fmt: skip
    book.no("statement", "a key never enrolled revoked", third, m.STALL,
            statement=m.revoke(m.STALL, m.STRANGER_KEY))  # fmt: skip
    book.no("authority", "a key revoked by a stranger", *farm, m.revoke(m.STALL, third))
    book.no("authority", "a key revoked by a registrar outside its remit", *market,
            statement=m.revoke(m.FARM, m.FARM_KEY))  # fmt: skip
    lost = m.revoke(m.STALL, third, compromised_since=2**53 - 1)
    book.ok("the stall revokes its last key, by that key", third, m.STALL, lost)
    book.no("key", "and has none", third, m.STALL, lot)
    fourth = m.p256(48)
    book.no("statement", "after all were revoked still a recovery, `revokes` absent", *market,
            statement=m.enrol(m.STALL, fourth))  # fmt: skip
    book.no("statement", "after all were revoked, `revokes` not empty", *market,
            statement=m.enrol(m.STALL, fourth, revokes=both))  # fmt: skip
    book.ok("a recovery with `revokes` empty", *market, m.enrol(m.STALL, fourth, revokes=[]))
    book.ok("whose key signs", fourth, m.STALL, lot)
    book.ok("revoked by the market", *market, m.revoke(m.STALL, fourth))
    book.ok("recovered by the authority", *root, m.enrol(m.STALL, m.ed(48), revokes=[]))
    book.ok("revoked by the authority", *root, m.revoke(m.STALL, m.ed(48)))
    since = m.revoke(m.FARM, m.FARM_KEY, compromised_since=0)
    book.ok("the farm's key, reported lost since index 0", *root, since)
    book.no("key", "is not good", *farm, lot)
    return book.as_steps()


TERMINAL = m.THIRD_KEY


def terminals():
    """A key enrolled with `kept` `terminal`."""
    book = m.city(m.Ledger("Shared terminals (section 4): events only, of links."))
    market, stall = m.AS_MARKET, m.AS_STALL
    terminal, for_stall = (TERMINAL, m.MARKET), (TERMINAL, m.STALL)
    book.ok("the market's terminal", *market, m.enrol(m.MARKET, TERMINAL, kept="terminal"))
    book.ok("an event", *terminal, m.event(m.CODED))
    book.ok("an event by reference", *terminal, event_ref=m.reference(), items=[m.CODED])
    labels = {"type": "labels", "op": "issue", "count": 1, "root": m.DIGEST}
    place = {"type": "place", "uri": "x:y", "party": m.MARKET, "name": "n", "division": "35"}
    for note, said in {
        "a recovery of a stall's key": m.enrol(
            m.STALL, m.SECOND_KEY, revokes=[m.STALL_KEY.public.keyid]),
        "an admission": m.party(m.STALL_2),
        "a further key of its own party": m.enrol(m.MARKET, m.SECOND_KEY),
        "its own revocation": m.revoke(m.MARKET, TERMINAL),
        "a mandate": m.give(m.MARKET, m.FARM),
        "a place": place,
    }.items():  # fmt: skip
        book.no("key", note, *terminal, said)
    book.no("key", "labels", *terminal, labels, items=[m.CODED])
    book.ok("a mandate to the market", *stall, m.give(m.STALL, m.MARKET))
    book.ok("an event under it", *for_stall, m.event(m.CODED, step="receiving"))
    book.no("key", "a statement is never under it", *for_stall, place)
    book.no("authority", "a mandate for one who has a key of its own", *market,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    shared = m.SECOND_KEY
    book.ok("the stall's terminal", *stall, m.enrol(m.STALL, shared, kept="terminal"))
    book.ok("the stall revokes its own key", *stall, m.revoke(m.STALL, m.STALL_KEY))
    book.no("key", "the terminal gives no mandate", shared, m.STALL, m.give(m.STALL, m.FARM))
    book.ok("so the market enters it", *market,
            statement=m.give(m.STALL, m.MARKET, ["shipping"], paper=m.DIGEST))  # fmt: skip
    book.ok("and withdraws", *market, m.withdraw(m.STALL, m.MARKET))
    book.no("statement", "a recovery that leaves the terminal out", *market,
            statement=m.enrol(m.STALL, m.p256(48), revokes=[]))  # fmt: skip
    book.ok("a recovery, which ends the terminal too", *market,
            statement=m.enrol(m.STALL, m.p256(48), revokes=[shared.public.keyid]))  # fmt: skip
    book.no("key", "which signs no event any more", shared, m.STALL, m.event(m.CODED))
    return book.as_steps()


FILES = {"beginning": beginning, "bad-keys": bad_keys, "keys": keys, "terminals": terminals}
