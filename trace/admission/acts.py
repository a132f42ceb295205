"""Statements as our tools make them (section 4 of docs/format.md)."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from suyuan.keys import base64, canonical, dsse
from suyuan.keys.signer import Signer
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import release_of
from suyuan.trace.log.merkle import root_of_texts

from . import scopes
from .enrolment import POSSESSION_TYPE


def _statement(kind: str, op: str | None = None, /, **members: Any) -> Object:
    """A statement of these members; what is None is left out."""
    named = {"type": kind, "op": op, **members}
    return {name: value for name, value in named.items() if value is not None}


def _maker(kind: str, op: str | None, *names: str) -> Callable[..., Object]:
    """What makes statements of one op: of these members in their order, and others by name."""

    def make(*values: Any, **members: Any) -> Object:
        return _statement(
            kind, op, **dict(zip(names[: len(values)], values, strict=True)), **members
        )

    return make


leave = _maker("party", "leave", "party", "reason")
dismiss = _maker("registrar", "dismiss", "party")
revoke = _maker("key", "revoke", "party", "keyid")  # compromised_since, reason
withdraw_mandate = _maker("mandate", "withdraw", "party", "to")  # all given to that party
document = _maker("document", None, "sha256", "size", "links")  # closes what a file gave
origin = _maker("origin", None, "party", "ledger", "log", "checkpoint")
assign = _maker("ownership", "assign", "uri", "party")
dispute = _maker("ownership", "dispute", "uri", "reason")
disown = _maker("ownership", "end", "uri", "reason")
hold_release = _maker("hold", "release", "uri", "reason")
recall_plan = _maker("recall", "plan", "uri", "planned")  # the UTC second of the plan
recall_acknowledge = _maker("recall", "acknowledge", "uri")
recall_withdraw = _maker("recall", "withdraw", "uri", "reason")


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
    return _statement(
        "party", op, party=party, name=name, roles=list(roles), division=division,
        places=list(places), gs1=list(gs1), part_of=part_of,
    )  # fmt: skip


def appoint(party: str, remit: Sequence[str]) -> Object:
    """`registrar` appoint."""
    return _statement("registrar", "appoint", party=party, remit=list(remit))


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
    return _statement(
        "key",
        "enrol",
        party=party,
        keyid=keyid,
        alg=alg,
        spki=base64.encode(spki),
        kept=kept,
        possession=shown,
        revokes=None if revokes is None else sorted(revokes),
    )


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
    span = {"from": start, "until": until}
    return _statement("mandate", "give", party=party, to=to, steps=list(steps), paper=paper, **span)


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
    members = {"uri": uri, "name": name, "category": category, "unit": unit, "spec": spec}
    return _statement("product", **members, shelf_life_days=days, conversions=conversions)


def place(uri: str, party: str, name: str, division: str) -> Object:
    """`place`: whose one is, and where."""
    return _statement("place", uri=uri, party=party, name=name, division=division)


def labels(serials: Sequence[str], op: str = "issue") -> Object:
    """`labels` issue or void: how many, and the root over the serials in byte order."""
    return _statement("labels", op, count=len(serials), root=root_of_texts(serials).hex())


def scripts(files: Mapping[str, str]) -> Object:
    """`scripts`: a release of the pages' scripts, each file's SHA-256 by its name."""
    ordered = sorted(files.items())
    listing = [{"name": name, "sha256": sha256} for name, sha256 in ordered]
    return _statement("scripts", release=release_of(ordered), files=listing)


def listed(items: Iterable[str]) -> tuple[bytes, Object]:
    """The list of these items: the attachment, and `count`, `root` and `list` for a statement."""
    uris = list(items)
    return scopes.render(uris), scopes.members(uris)


def hold_place(uri: str, reason: str, members: Object) -> Object:
    """`hold` place; `members` are those of `listed`."""
    return _statement("hold", "place", uri=uri, reason=reason, **members)


def recall_order(
    uri: str, level: int, known: str, reason: str, members: Object, *, drill: bool = False
) -> Object:
    """`recall` order: `known` is the UTC second at which the one who orders came to know."""
    return _statement(
        "recall", "order", uri=uri, level=level, drill=drill, known=known, reason=reason, **members
    )


def recall_extend(uri: str, members: Object, reason: str | None = None) -> Object:
    """`recall` extend: these items too."""
    return _statement("recall", "extend", uri=uri, reason=reason, **members)


def recall_clear(uri: str, reason: str, members: Object) -> Object:
    """`recall` clear: these items are found not to be concerned."""
    return _statement("recall", "clear", uri=uri, reason=reason, **members)


def recall_report(
    uri: str, quantities: Iterable[Mapping[str, str]], files: Sequence[str] = ()
) -> Object:
    """`recall` report: what became of each {item, kind, value, unit}; `files` by their SHA-256."""
    amounts = [dict(one) for one in quantities]
    return _statement("recall", "report", uri=uri, quantities=amounts, files=list(files) or None)


def recall_close(
    uri: str, missing: Iterable[Mapping[str, str]] = (), reason: str | None = None
) -> Object:
    """`recall` close: `missing` is what was not found, each {item, value, unit}."""
    amounts = [dict(one) for one in missing]
    return _statement("recall", "close", uri=uri, missing=amounts, reason=reason)
