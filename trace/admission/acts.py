"""Statements as our tools make them (section 4 of docs/format.md)."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from suyuan.keys import base64, canonical, dsse
from suyuan.keys.signer import Signer
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import release_of
from suyuan.trace.format.vocabulary import STATEMENTS
from suyuan.trace.log.merkle import root_of_texts

from . import scopes
from .enrolment import POSSESSION_TYPE


def statement(kind: str, /, *values: Any, **members: Any) -> Object:
    """A statement of the vocabulary: its members in their order there, and others by name.

    What is None is left out. TypeError for a member that this statement has not.
    """
    names = [name.removesuffix("?") for name in STATEMENTS[kind].members]
    if len(values) > len(names) or members.keys() - names[len(values) :]:
        raise TypeError(f"{kind} has no such members")
    name, _, op = kind.partition(" ")
    named = {"type": name, "op": op or None, **dict(zip(names, values, strict=False)), **members}
    return {name: value for name, value in named.items() if value is not None}


leave = partial(statement, "party leave")
dismiss = partial(statement, "registrar dismiss")
revoke = partial(statement, "key revoke")
withdraw_mandate = partial(statement, "mandate withdraw")  # all given to that party
place = partial(statement, "place")
profile = partial(statement, "profile")  # `person`, `phone` and `address` are to be hidden
document = partial(statement, "document")  # closes what a file gave
origin = partial(statement, "origin")
assign = partial(statement, "ownership assign")
dispute = partial(statement, "ownership dispute")
disown = partial(statement, "ownership end")
# `said` of these is to be hidden: an object of what the stage says
case_open = partial(statement, "case open")
case_record = partial(statement, "case record")
case_assign = partial(statement, "case assign")
case_answer = partial(statement, "case answer")
case_close = partial(statement, "case close")
draw_commit = partial(statement, "draw commit")
draw_replace = partial(statement, "draw replace")
draw_reveal = partial(statement, "draw reveal")
draw_abort = partial(statement, "draw abort")
sign_document = partial(statement, "signature")
hold_release = partial(statement, "hold release")
recall_plan = partial(statement, "recall plan")  # `planned`: the UTC second of the plan
recall_acknowledge = partial(statement, "recall acknowledge")
recall_withdraw = partial(statement, "recall withdraw")


def admit(
    party: str,
    name: str,
    roles: Sequence[str],
    division: str,
    *,
    places: Sequence[str] = (),
    gs1: Sequence[str] = (),
    part_of: str | None = None,
    op: str = "admit",
) -> Object:
    """`party` admit, or `change`, which replaces all."""
    return statement(
        f"party {op}", party, name, list(roles), division, list(places), list(gs1), part_of
    )


def appoint(party: str, remit: Sequence[str]) -> Object:
    """`registrar` appoint."""
    return statement("registrar appoint", party=party, remit=list(remit))


def possession(origin: str, party: str, signer: Signer, nonce: bytes | None = None) -> str:
    """The envelope by which a new key shows that somebody holds it, for this party."""
    payload = canonical.dumps(
        {
            "ledger": origin,
            "party": party,
            "keyid": signer.public.keyid,
            "nonce": base64.encode_url(secrets.token_bytes(16) if nonce is None else nonce),
        }
    )
    return dsse.seal(signer, POSSESSION_TYPE, payload).encode().decode()


def enrol(
    party: str,
    alg: str,
    spki: bytes,
    keyid: str,
    shown: str,
    *,
    kept: str = "file",
    revokes: Sequence[str] | None = None,
) -> Object:
    """`key` enrol; with `revokes`, a recovery."""
    lost = None if revokes is None else sorted(revokes)
    return statement("key enrol", party, keyid, alg, base64.encode(spki), kept, shown, lost)


def enrol_signer(
    origin: str,
    party: str,
    signer: Signer,
    *,
    kept: str = "file",
    revokes: Sequence[str] | None = None,
    nonce: bytes | None = None,
) -> Object:
    """`key` enrol for a signer at hand."""
    key = signer.public
    shown = possession(origin, party, signer, nonce)
    return enrol(party, key.alg, key.spki, key.keyid, shown, kept=kept, revokes=revokes)


def give_mandate(
    party: str, to: str, steps: Sequence[str], start: str, until: str, *, paper: str | None = None
) -> Object:
    """`mandate` give."""
    return statement("mandate give", party, to, list(steps), start, until, paper)


def product(
    uri: str,
    name: str,
    category: str,
    unit: str,
    *,
    spec: str | None = None,
    days: int | None = None,
    conversions: Mapping[str, str] | None = None,
) -> Object:
    """`product`: what one is, how long it keeps, and how other units convert into its own."""
    return statement("product", uri, name, spec, category, unit, conversions, days)


def labels(serials: Sequence[str], op: str = "issue") -> Object:
    """`labels` issue or void: how many, and the root over the serials in byte order."""
    return statement(f"labels {op}", count=len(serials), root=root_of_texts(serials).hex())


def scripts(files: Mapping[str, str]) -> Object:
    """`scripts`: a release of the pages' scripts, each file's SHA-256 by its name."""
    ordered = sorted(files.items())
    listing = [{"name": name, "sha256": sha256} for name, sha256 in ordered]
    return statement("scripts", release=release_of(ordered), files=listing)


def listed(items: Iterable[str]) -> tuple[bytes, Object]:
    """The list of these items: the attachment, and `count`, `root` and `list` for a statement."""
    uris = list(items)
    return scopes.render(uris), scopes.members(uris)


def hold_place(uri: str, reason: str, members: Object) -> Object:
    """`hold` place; `members` are those of `listed`."""
    return statement("hold place", uri=uri, reason=reason, **members)


def recall_order(
    uri: str, level: int, known: str, reason: str, members: Object, *, drill: bool = False
) -> Object:
    """`recall` order: `known` is the UTC second at which the one who orders came to know."""
    return statement("recall order", uri, level, drill, known, reason, **members)


def recall_extend(uri: str, members: Object, reason: str | None = None) -> Object:
    """`recall` extend: these items too."""
    return statement("recall extend", uri=uri, reason=reason, **members)


def recall_clear(uri: str, reason: str, members: Object) -> Object:
    """`recall` clear: these items are found not to be concerned."""
    return statement("recall clear", uri=uri, reason=reason, **members)


def recall_report(
    uri: str, quantities: Iterable[Mapping[str, str]], files: Sequence[str] = ()
) -> Object:
    """`recall` report: what became of each {item, kind, value, unit}; `files` by their SHA-256."""
    amounts = [dict(quantity) for quantity in quantities]
    return statement("recall report", uri=uri, quantities=amounts, files=list(files) or None)


def recall_close(
    uri: str, missing: Iterable[Mapping[str, str]] = (), reason: str | None = None
) -> Object:
    """`recall` close: `missing` is what was not found, each {item, value, unit}."""
    amounts = [dict(quantity) for quantity in missing]
    return statement("recall close", uri=uri, missing=amounts, reason=reason)
