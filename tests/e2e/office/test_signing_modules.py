"""The scripts that sign, held to the vectors and to what the Python tools make, byte for byte."""

import hashlib
import json
from datetime import UTC, datetime

import pytest
from support.ledger.world import VECTORS_FOLDER as VECTORS
from support.web.client import ENTRIES
from support.web.signing import NO_ED25519, modules

from suyuan.keys import base64, canonical, dsse, public
from suyuan.keys.public import P256_ORDER
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts, enrolment
from suyuan.trace.admission.link_builder import Draft, payload_of
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.goods.inviting import check_of

ORIGIN, PARTY = "trace.food.example/log", "urn:uscc:11350200004138163G"


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def spoken(page, script, *given):
    """What a script says, modules being imported as it likes."""
    return page.evaluate(f"async (given) => {{ {script} }}", list(given))


def test_canonical_json_is_the_vectors(page):
    found = vectors("canonical-json")
    script = """
      const { parse } = await import("./sign/canonical.js");
      const bytes = (hex) => new Uint8Array((hex.match(/../g) || []).map((h) => parseInt(h, 16)));
      return given[0].map((hex) => { try { parse(bytes(hex)); return true; }
                                     catch (error) { return false; } });"""
    for kind, is_good in (("good", True), ("bad", False)):
        answers = spoken(page, script, [one["hex"] for one in found[kind]])
        wrong = [one["note"] for one, a in zip(found[kind], answers, strict=True) if a != is_good]
        assert wrong == []


def test_payloads_of_real_entries_are_written_as_python_writes_them(page):
    texts = [base64.encode(parse(entry.encode()).envelope.payload) for entry in ENTRIES]
    script = """
      const { bytesOf, parse } = await import("./sign/canonical.js");
      const { decode, encode } = await import("./sign/base64.js");
      return given[0].map((text) => encode(bytesOf(parse(decode(text)))));"""
    assert spoken(page, script, texts) == texts


def test_base64_has_one_spelling(page):
    script = """
      const { decode, encode, encodeUrl } = await import("./sign/base64.js");
      return given[0].map((text) => { try { const found = decode(text);
        return [encode(found), encodeUrl(found)]; } catch (error) { return null; } });"""
    data = [bytes(range(n, n + n)) for n in range(40)]
    good = [base64.encode(part) for part in data]
    assert spoken(page, script, good) == [
        [text, base64.encode_url(part)] for text, part in zip(good, data, strict=True)
    ]
    bad = ["A", "AB", "ABC", "AB==C", "AAB=", "AB==", "A===", "AAAA=", "AA A", "AA-_", "AAA\n"]
    bad.remove("AB==")
    assert spoken(page, script, [*bad, "AB=="]) == [None] * (len(bad) + 1)


def test_envelopes_and_hashes_are_pythons(page):
    """Every part of an entry put together again gives the entry, and its hash."""
    parts = [
        [
            base64.encode(envelope.payload),
            envelope.keyid,
            base64.encode(envelope.signature),
            base64.encode(dsse.pae(PAYLOAD_TYPE, envelope.payload)),
        ]
        for envelope in (parse(entry.encode()).envelope for entry in ENTRIES)
    ]
    script = """
      const { LINK, envelope, linkHash, pae } = await import("./sign/dsse.js");
      const { decode, encode } = await import("./sign/base64.js");
      return Promise.all(given[0].map(async ([payload, keyid, sig, signed]) => {
        const entry = envelope(LINK, decode(payload), keyid, decode(sig));
        return [entry, await linkHash(entry), encode(pae(LINK, decode(payload))) === signed];
      }));"""
    expected = [[entry, link_hash(entry.encode()), True] for entry in ENTRIES]
    assert spoken(page, script, parts) == expected


def test_key_ids_are_the_vectors(page):
    good = vectors("public-keys")["good"]
    script = """
      const { keyid } = await import("./sign/dsse.js");
      const bytes = (hex) => new Uint8Array(hex.match(/../g).map((h) => parseInt(h, 16)));
      return Promise.all(given[0].map((hex) => keyid(bytes(hex))));"""
    assert spoken(page, script, [one["spki"] for one in good]) == [one["keyid"] for one in good]


def test_check_letters_are_pythons(page):
    ids = [hashlib.sha256(bytes([n])).hexdigest() for n in range(50)]
    script = 'const { checkOf } = await import("./sign/words.js"); return given[0].map(checkOf);'
    assert spoken(page, script, ids) == [check_of(keyid) for keyid in ids]


def test_what_is_signed_is_told_in_words(page):
    """Members that hold objects, as a receipt, an inspection and a delivery have them."""
    lot, digest = "https://trace.food.example/t/1Q4T9ZC2KM8W0RB3", "0a" * 32
    body = {
        "type": "ObjectEvent",
        "bizStep": "receiving",
        "eventTime": "2026-11-24T09:00:00.000+08:00",
        "suyuan:attachments": [{"sha256": digest, "type": "image/jpeg", "as": "quarantine"}],
        "suyuan:difference": [{"item": lot, "value": "-0.4", "unit": "kg", "reason": "压坏"}],
        "suyuan:found": {"value": "3", "unit": "KGM"},
        "suyuan:outcomes": ["no-label", "odd"],
        "suyuan:quantities": [{"item": lot, "value": "38", "unit": "1", "kind": "count"}],
        "suyuan:supplier": {"name": "李四", "uscc": "9135"},
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:suyuan:note:%E5%8D%95-1"}],
        "sensorElementList": [
            {"sensorReport": [{"type": "Temperature", "value": -18, "uom": "CEL"}]},
            {"sensorReport": [{"type": "Speed", "value": 3}]},
        ],
        "suyuan:new": {"a": "b"},
    }
    said = {
        "fields": {"name": "Name", "uscc": "Number", "suyuan:found": "Found"},
        "kinds": {"quarantine": "Quarantine certificate", "other": "Another paper"},
        "outcomes": {"no-label": "No label"},
        "steps": {"receiving": "Received"},
        "units": {"KGM": "kg", "kg": "kg", "1": "pieces"},
    }
    script = """
      const { describe } = await import("./sign/words.js");
      const { title, rows } = describe({ event: given[0] }, given[1], { [given[2]]: "上海青" }, []);
      return [title, Object.fromEntries(rows)];"""
    title, rows = spoken(page, script, body, said, lot)
    assert title == "Received"
    assert rows == {
        "suyuan:attachments": "Quarantine certificate (JPEG, SHA-256 0a0a0a0a0a0a…)",
        "suyuan:difference": "上海青: -0.4 kg (压坏)",
        "Found": "3 kg",
        "suyuan:outcomes": "No label, odd",
        "suyuan:quantities": "上海青: 38 pieces",
        "suyuan:supplier": "Name 李四, Number 9135",
        "bizTransactionList": "单-1",
        "sensorElementList": "-18 °C, type Speed, value 3",
        "suyuan:new": "a b",  # without words of its own, under its name
        "Time": "2026-11-24 09:00",
    }


def test_low_s_of_every_signature(page):
    half = P256_ORDER // 2
    numbers = [1, half - 1, half, half + 1, P256_ORDER - 1, 1 << 128]
    script = """
      const { lowS } = await import("./sign/p256.js");
      const bytes = (hex) => new Uint8Array(hex.match(/../g).map((h) => parseInt(h, 16)));
      const { hex } = await import("./sign/dsse.js");
      return given[0].map((text) => hex(lowS(bytes(text))));"""
    found = spoken(page, script, [f"{7:064x}{s:064x}" for s in numbers])
    assert found == [f"{7:064x}{min(s, P256_ORDER - s):064x}" for s in numbers]


@pytest.mark.parametrize(("before", "alg"), [("", "Ed25519"), (NO_ED25519, "ECDSA-P256")])
def test_a_key_signs_what_python_accepts(browser, before, alg):
    """Possession, and links whose entries Python makes of the same parts, byte for byte."""
    draft = acts.admit(PARTY, "鹭岛𠮷局\u2028", ["authority"], "350200")
    script = f"""
      {before}
      const keys = await import("./sign/keys.js");
      const {{ possession }} = await import("./sign/signin.js");
      const {{ sign }} = await import("./sign/link.js");
      const made = await keys.make(given[0], given[1], "局");
      const key = await keys.find(made.keyid);
      const set = {{ ledger: given[1], actor: given[0], signed_at: "2026-11-24T08:00:00Z",
        drafts: [1, 2].map(() => ({{ subjects: [given[0]], after: [], statement: given[2] }})) }};
      const heads = {{ [given[0]]: {{ seq: 4, hash: "ab".repeat(32) }} }};
      const exported = await crypto.subtle.exportKey("pkcs8", key.pair.privateKey)
        .catch((error) => error.name);
      const signed = [];
      for (let n = 0; n < 20; n += 1) signed.push(await sign(set, key, heads, set.signed_at));
      return {{ keyid: key.keyid, alg: key.alg, spki: key.spki, exported,
        possession: await possession(key), signed, all: (await keys.all(given[1])).length,
        others: (await keys.all("other/log")).length }};"""
    with modules(browser) as page:
        found = spoken(page, script, PARTY, ORIGIN, draft)
    assert (found["alg"], found["exported"]) == (alg, "InvalidAccessError")
    assert (found["all"], found["others"]) == (1, 0)
    key = public.load(base64.decode(found["spki"]))
    assert (key.keyid, key.alg) == (found["keyid"], alg)
    enrolment.check_possession(found["possession"], ORIGIN, PARTY, key)
    when = datetime(2026, 11, 24, 8, tzinfo=UTC)
    for signed in found["signed"]:  # with ECDSA half of the signatures have s to be made low
        place, prev = 5, "ab" * 32
        for one in signed:
            link = parse(one["entry"].encode())
            assert link.envelope.verify(key)
            assert link.hash == one["hash"]
            refs = [{"item": PARTY, "seq": place, "prev": prev}]
            payload = payload_of(ORIGIN, PARTY, when, refs, Draft(statement=draft))
            assert link.envelope.payload == canonical.dumps(payload)
            place, prev = place + 1, link.hash


def test_an_ed25519_entry_is_the_one_python_signs(page):
    """The signature is deterministic, so the whole entry is the same."""
    signer = LocalSigner.from_seed(b"s" * 32)
    payload = base64.encode(parse(ENTRIES[-1].encode()).envelope.payload)
    pkcs8 = bytes.fromhex("302e020100300506032b657004220420") + b"s" * 32
    script = """
      const { LINK, seal } = await import("./sign/dsse.js");
      const { Key } = await import("./sign/keys.js");
      const { decode } = await import("./sign/base64.js");
      const privateKey = await crypto.subtle.importKey("pkcs8", decode(given[1]),
        { name: "Ed25519" }, false, ["sign"]);
      const key = new Key({ keyid: given[2], alg: "Ed25519", pair: { privateKey } });
      return seal(key, LINK, decode(given[0]));"""
    entry = spoken(page, script, payload, base64.encode(pkcs8), signer.public.keyid)
    assert entry.encode() == dsse.seal(signer, PAYLOAD_TYPE, base64.decode(payload)).encode()


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("Object.defineProperty(crypto, 'subtle', { value: undefined });", "insecure"),
        ("crypto.subtle.generateKey = () => Promise.reject(new Error('no'));", "algorithms"),
        (
            "indexedDB.open = () => { throw new DOMException('denied', 'SecurityError'); };",
            "storage",
        ),
        ("Object.defineProperty(self, 'indexedDB', { value: undefined });", "storage"),
    ],
)
def test_a_browser_that_cannot_says_why(browser, before, reason):
    script = f"""
      {before}
      const keys = await import("./sign/keys.js");
      try {{ await keys.make(given[0], given[1]); return "made"; }}
      catch (error) {{ return [error.constructor.name, error.reason]; }}"""
    with modules(browser) as page:
        assert spoken(page, script, PARTY, ORIGIN) == ["NoKeys", reason]
