"""Every vector gives its stated answer, from the library and from the second verifier."""

import functools
import json
import re

import pytest
from conformance.reference import encoding, evidence, identifiers, log, trusting, vectors
from conformance.reference import proofs as reference_proofs
from conformance.reference.library import Library
from conformance.reference.verifier import Reference
from conformance.vectors import generate

from suyuan.keys import canonical, dsse, notes, public
from suyuan.keys.errors import BadKey, CanonicalError
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import link, statements
from suyuan.trace.format.identifiers import codes, items
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.rules import Rule
from suyuan.trace.log import checkpoint, cosignature, merkle, proofs, tiles, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.policy import Policy
from suyuan.trace.log.tiles import Tile

VERIFIERS = pytest.mark.parametrize("verifier", [Library, Reference])


@pytest.mark.slow
def test_the_files_are_what_the_generator_writes():
    written = dict(generate.files())
    for name, text in written.items():
        assert (vectors.FOLDER / name).read_text(encoding="utf-8") == text, name
    there = {path.name for path in vectors.FOLDER.glob("*.json")}
    others = {f"{name}.json" for name in ("mini-ledger", *vectors.PURE)}
    assert there == others | written.keys() and not others & written.keys()


@VERIFIERS
@pytest.mark.parametrize("name", vectors.ledgers())
def test_each_entry_gets_its_answer(name, verifier):
    file = vectors.load(name)
    ledger = verifier(file["trust"])
    wrong = [
        f"{note}: expected {answer}, got {got}"
        for note, entry, answer in vectors.steps(file)
        if (got := ledger.offer(entry)) != answer
    ]
    assert wrong == []


@pytest.mark.parametrize("name", vectors.ledgers())
def test_each_checkpoint_covers_what_was_accepted(name):
    file = vectors.load(name)
    accepted = [entry for _, entry, answer in vectors.steps(file) if answer[0] == "accepted"]
    key = file["trust"]["log"]
    expected = (len(accepted), log.root(accepted))
    assert log.open_checkpoint(file["checkpoint"], key, _verify) == expected
    assert _opened(file["checkpoint"], key) == expected


def test_no_rule_is_without_a_vector():
    met = {
        answer[1]
        for name in vectors.ledgers()
        for _, _, answer in vectors.steps(vectors.load(name))
        if answer[0] == "refused"
    }
    assert met == {
        "size", "encoding", "payload", "members", "ledger", "key", "signature", "chain",
        "items", "after", "authority", "statement", "coding",
    }  # fmt: skip


def _is_read(error, library, *given):
    """Whether the library reads what it is given, or refuses it by this error."""
    try:
        library(*given)
    except error:
        return False
    return True


def _is_read_by_reference(reference, *given):
    try:
        return reference(*given) is not None
    except ValueError:
        return False


def _neither_reads(why, error, library, reference, *given):
    assert not _is_read(error, library, *given), why
    assert not _is_read_by_reference(reference, *given), why


@pytest.mark.parametrize("canonical_uri", [items.canonical, identifiers.canonical])
def test_identifiers(canonical_uri):
    cases = [(case["identifier"], case["item"]) for case in vectors.load("identifiers")["cases"]]
    cases += [(item, item) for _, item in cases if item is not None]
    assert [case for case in cases if canonical_uri(case[0]) != case[1]] == []


def test_codes():
    file = vectors.load("codes")
    for case in file["uris"]:
        given = case["uri"], file["host"]
        assert codes.of_uri(*given) == identifiers.code_of_uri(*given) == case["code"], case
    for case in file["chains"]:
        given = case["item"], case["actor"]
        assert codes.of_chain(*given) == identifiers.code_of_chain(*given) == case["code"], case
    for case in file["typed"]:
        typed, code = case["typed"], case["code"]
        assert codes.read(typed) == identifiers.read_code(typed) == code, case
    for typed in file["bad"]:
        _neither_reads(typed, IdentifierError, codes.read, identifiers.read_code, typed)


def test_canonical_json():
    file = vectors.load("canonical-json")
    for case in file["good"]:
        data = bytes.fromhex(case["hex"])
        assert canonical.parse(data) == encoding.read_json(data), case["note"]
        assert canonical.dumps(json.loads(data)) == data, case["note"]
    for case in file["bad"]:
        data = bytes.fromhex(case["hex"])
        assert not _is_read(CanonicalError, canonical.parse, data), case["note"]
        with pytest.raises(ValueError):
            pytest.fail(f"{case['note']}: {encoding.read_json(data)!r}")


def test_public_keys():
    file = vectors.load("public-keys")
    for case in file["good"]:
        spki = bytes.fromhex(case["spki"])
        found = public.load(spki)
        assert (found.alg, found.keyid) == (case["alg"], case["keyid"])
        assert (encoding.algorithm(spki), encoding.sha256(spki)) == (case["alg"], case["keyid"])
    for case in file["bad"]:
        spki = bytes.fromhex(case["spki"])
        _neither_reads(case["why"], BadKey, public.load, encoding.algorithm, spki)


def test_merkle():
    file = vectors.load("merkle")
    leaves = [bytes.fromhex(leaf) for leaf in file["leaves"]]
    for data, cases in ((leaves, file["roots"]), (NUMBERS, file["numbers"])):
        for case in cases:
            some = data[: case["size"]]
            assert merkle.root(map(merkle.leaf_hash, some)).hex() == case["root"]
            assert log.root(some).hex() == case["root"]
    texts, root = file["serials"]["texts"], file["serials"]["root"]
    assert merkle.root_of_texts(texts).hex() == root
    assert log.root(sorted(text.encode() for text in texts)).hex() == root


def _opened(note, key):
    """What the library says of a checkpoint, as the reference says it."""
    found = checkpoint.open_checkpoint(note, VerifierKey.parse(key))
    return found.size, found.root


def test_checkpoints():
    file = vectors.load("checkpoints")
    key = file["key"]
    for case in file["good"]:
        expected = case["size"], bytes.fromhex(case["root"])
        assert _opened(case["checkpoint"], key) == expected, case["note"]
        assert log.open_checkpoint(case["checkpoint"], key, _verify) == expected, case["note"]
    for case in file["bad"]:
        assert log.open_checkpoint(case["checkpoint"], key, _verify) is None, case["why"]
        assert not _is_read(LogError, _opened, case["checkpoint"], key), case["why"]


def _bytes(texts):
    return [bytes.fromhex(text) for text in texts]


def _shows_inclusion(case):
    """What the reference and the library say of it."""
    leaf, root, proof = *_bytes((case["leaf"], case["root"])), _bytes(case["proof"])
    index, size = case["index"], case["size"]
    check = functools.partial(proofs.check_inclusion, proof=proof, root=root)
    answer = reference_proofs.is_included(leaf, index, size, proof, root)
    return answer, _is_read(LogError, check, leaf, index, size)


def _shows_growth(case):
    given = (case["old"], *_bytes([case["old_root"]]), case["new"], *_bytes([case["new_root"]]))
    given = *given, _bytes(case["proof"])
    return reference_proofs.is_grown(*given), _is_read(LogError, proofs.check_consistency, *given)


NUMBERS = [b"%d" % n for n in range(1025)]


def test_inclusion_proofs():
    cases = vectors.load("proofs")["inclusion"]
    for case in cases["good"]:
        index, leaves = case["index"], NUMBERS[: case["size"]]
        assert reference_proofs.path(index, leaves) == _bytes(case["proof"])
        assert log.leaf(leaves[index]).hex() == case["leaf"]
        assert log.root(leaves).hex() == case["root"]
        assert _shows_inclusion(case) == (True, True), case
    for case in cases["bad"]:
        assert _shows_inclusion(case) == (False, False), case["why"]


def test_consistency_proofs():
    cases = vectors.load("proofs")["consistency"]
    for case in cases["good"]:
        old, leaves = case["old"], NUMBERS[: case["new"]]
        if old:
            assert reference_proofs.subproof(old, leaves) == _bytes(case["proof"])
        roots = log.root(leaves[:old]).hex(), log.root(leaves).hex()
        assert roots == (case["old_root"], case["new_root"])
        assert _shows_growth(case) == (True, True), case
    for case in cases["bad"]:
        assert _shows_growth(case) == (False, False), case["why"]


def test_proofs_as_texts():
    file = vectors.load("tlog-proofs")
    key = file["key"]

    def shown(text, entry):
        """Whether both verifiers find the entry proved; that both read the text is asked for."""
        index, hashes, note = reference_proofs.read_proof(text)
        found = tlog_proof.parse(text)
        assert (found.index, list(found.hashes), found.note) == (index, hashes, note)
        opened = log.open_checkpoint(note, key, _verify)
        assert _is_read(LogError, _opened, note, key) is (opened is not None)
        if opened is None:
            return False, False
        given = {"leaf": log.leaf(entry).hex(), "proof": map(bytes.hex, hashes)}
        size, root = opened
        return _shows_inclusion(given | {"index": index, "size": size, "root": root.hex()})

    for case in file["good"]:
        assert shown(case["text"], b"%d" % case["index"]) == (True, True), case["note"]
    for case in file["unshown"]:
        assert shown(case["text"], b"299") == (False, False), case["why"]
    for case in file["malformed"]:
        readers = tlog_proof.parse, reference_proofs.read_proof
        _neither_reads(case["why"], LogError, *readers, case["text"])


def test_tiles():
    file = vectors.load("tiles")
    for case in file["names"]:
        expected = (case["level"], case["number"], case["width"])
        assert reference_proofs.tile(case["name"]) == expected
        assert Tile.parse(case["name"]) == Tile(*expected)
        assert Tile(*expected).name() == case["name"]
    for name in file["bad"]:
        _neither_reads(name, LogError, Tile.parse, reference_proofs.tile, name)
    for case in file["trees"]:
        before = set(reference_proofs.tiles(case["before"]))
        expected = [one for one in reference_proofs.tiles(case["size"]) if one not in before]
        assert [reference_proofs.tile(name) for name in case["tiles"]] == expected, case
        assert list(tiles.tiles(case["size"], case["before"])) == [Tile(*one) for one in expected]


def _by_rule(faults):
    return sorted(faults, key=lambda fault: (fault[0], fault[1] is not None, fault[1]))


def _judged(data, trust):
    """The library's exit code, and rules and indexes of all faults."""
    try:
        verdict = verify(bundle.parse(data), Trust.from_json(json.dumps(trust)))
    except bundle.NoEvidence:
        return 2, []
    except bundle.NewerVersion:
        return 3, []
    except bundle.EvidenceError:
        return 1, [("file", None)]
    faults = [(str(fault.rule), fault.index) for fault in verdict.all_faults()]
    return verdict.exit_code, _by_rule(faults)


def test_evidence_files():
    file = vectors.load("evidence")
    for case in file["cases"]:
        data = case["file"].encode() if "file" in case else bytes.fromhex(case["hex"])
        trust = file["trusts"][case["trust"]]
        faults = _by_rule((fault["rule"], fault["index"]) for fault in case["faults"])
        assert _judged(data, trust) == (case["exit"], faults), case["note"]
        assert evidence.judge(data, trust)[0] == case["exit"], case["note"]


def test_trust_files():
    file = vectors.load("trust-files")
    readers = Trust.from_json, trusting.read_trust
    for case in file["good"]:
        assert all(reader(case["text"]) for reader in readers), case["note"]
    for case in file["bad"]:
        _neither_reads(case["note"], TrustError, *readers, case["text"])


def test_policies():
    file = vectors.load("policies")
    for case in file["good"]:
        policy, read = Policy.parse(case["text"]), trusting.read_policy(case["text"])
        for names, is_met in [(n, True) for n in case["met"]] + [(n, False) for n in case["unmet"]]:
            assert policy.is_met(names) == trusting.is_met(read, names) == is_met, case["note"]
    for case in file["bad"]:
        readers = Policy.parse, trusting.read_policy
        _neither_reads(case["note"], LogError, *readers, case["text"])


def test_cosignatures():
    file = vectors.load("cosignatures")
    key, policy = CosignerKey.parse(file["key"]), f"witness a {file['key']}\nquorum a\n"
    for case in file["good"]:
        note = notes.parse(case["text"])
        assert cosignature.verify(note, key) == case["time"], case["note"]
        if "unknown key" in case["note"]:
            continue  # it is the witness's own signature: of a file that is a fault
        names = trusting.cosigners(case["text"], trusting.read_policy(policy))
        assert names == (set() if case["time"] is None else {"a"}), case["note"]
    for case in file["bad"]:
        with pytest.raises(LogError):
            pytest.fail(f"{case['note']}: {cosignature.verify(notes.parse(case['text']), key)}")
        assert trusting.cosigners(case["text"], trusting.read_policy(policy)) is None, case["note"]


PAGE = (vectors.FOLDER.parents[2] / "docs" / "format.md").read_text(encoding="utf-8")


def test_the_worked_example_is_the_first_entry():
    entry = vectors.load("mini-ledger")["entries"][0]
    found = dsse.decode(entry["entry"].encode(), link.PAYLOAD_TYPE)
    message = dsse.pae(link.PAYLOAD_TYPE, found.payload)
    spki = bytes.fromhex(PAGE.split("SubjectPublicKeyInfo, hex, and keyid:\n\n    ")[1][:88])
    assert encoding.is_valid(spki, message, found.signature)
    for text in (
        encoding.sha256(spki),
        found.payload.decode(),
        encoding.sha256(message),
        message[: -len(found.payload)].decode(),
        found.signature.hex(),
        entry["entry"],
        entry["hash"],
    ):
        assert f"    {text}\n" in PAGE or f"SHA-256 {text}" in PAGE, text


def test_the_page_has_each_rule_in_order_with_its_status():
    rows = re.findall(r"^\| ([a-z]+) \| (\d{3}) \|", PAGE, re.MULTILINE)
    assert rows == [(str(rule), str(rule.status)) for rule in Rule]


def test_the_page_has_each_statement_with_its_members():
    table = PAGE.split("## 5. ")[0].split("\n")
    for (kind, op), spec in statements.SPECS.items():
        (row,) = [line for line in table if line.startswith(f"| {kind} | ")]
        assert op is None or f"`{op}`" in row
        for name, member in spec.items():
            shown = f"{name}?" if member.optional else name
            assert re.search(rf"[ :]{re.escape(shown)}(?![\w?])", row), (kind, op, shown)


def _verify(raw, message, signature):
    spki = encoding.ED_START + raw
    return encoding.is_valid(spki, message, signature)
