"""Statements as our tools make them (section 4 of docs/format.md)."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from suyuan.keys import base64, canonical, dsse
from suyuan.keys.signer import Signer

from . import scopes
from .chain import POSSESSION_TYPE
from .log.merkle import root_of_texts
from .members import Object
from .statements import release_of


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
    statement: Object = {
        "type": "party",
        "op": op,
        "party": party,
        "name": name,
        "roles": list(roles),
        "division": division,
        "places": list(places),
        "gs1": list(gs1),
    }
    return statement if part_of is None else {**statement, "part_of": part_of}


def leave(party: str, reason: str | None = None) -> Object:
    """`party` leave."""
    statement: Object = {"type": "party", "op": "leave", "party": party}
    return statement if reason is None else {**statement, "reason": reason}


def appoint(party: str, remit: Sequence[str]) -> Object:
    """`registrar` appoint."""
    return {"type": "registrar", "op": "appoint", "party": party, "remit": list(remit)}


def dismiss(party: str) -> Object:
    """`registrar` dismiss."""
    return {"type": "registrar", "op": "dismiss", "party": party}


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
    statement: Object = {
        "type": "key",
        "op": "enrol",
        "party": party,
        "keyid": keyid,
        "alg": alg,
        "spki": base64.encode(spki),
        "kept": kept,
        "possession": shown,
    }
    return statement if revokes is None else {**statement, "revokes": sorted(revokes)}


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


def revoke(
    party: str, keyid: str, *, compromised_since: int | None = None, reason: str | None = None
) -> Object:
    """`key` revoke; with `compromised_since`, reported lost since that index."""
    statement: Object = {"type": "key", "op": "revoke", "party": party, "keyid": keyid}
    if compromised_since is not None:
        statement["compromised_since"] = compromised_since
    return statement if reason is None else {**statement, "reason": reason}


def give_mandate(
    party: str, to: str, steps: Sequence[str], start: str, until: str, *, paper: str | None = None
) -> Object:
    """`mandate` give."""
    statement: Object = {
        "type": "mandate",
        "op": "give",
        "party": party,
        "to": to,
        "steps": list(steps),
        "from": start,
        "until": until,
    }
    return statement if paper is None else {**statement, "paper": paper}


def withdraw_mandate(party: str, to: str) -> Object:
    """`mandate` withdraw: all that was given to that party."""
    return {"type": "mandate", "op": "withdraw", "party": party, "to": to}


def labels(serials: Sequence[str], op: str = "issue") -> Object:
    """`labels` issue or void: how many, and the root over the serials in byte order."""
    return {
        "type": "labels",
        "op": op,
        "count": len(serials),
        "root": root_of_texts(serials).hex(),
    }


def document(sha256: str, size: int, links: int) -> Object:
    """`document`: closes what was made from a file."""
    return {"type": "document", "sha256": sha256, "size": size, "links": links}


def origin(party: str, ledger: str, log: str, checkpoint: str) -> Object:
    """`origin`: this ledger goes on where another, whose last checkpoint it names, lost links."""
    return {
        "type": "origin",
        "party": party,
        "ledger": ledger,
        "log": log,
        "checkpoint": checkpoint,
    }


def assign(uri: str, party: str) -> Object:
    """`ownership` assign: whose a prefix, a place or a product is from here on."""
    return {"type": "ownership", "op": "assign", "uri": uri, "party": party}


def dispute(uri: str, reason: str) -> Object:
    """`ownership` dispute: nobody's, until it is assigned again or the dispute ends."""
    return {"type": "ownership", "op": "dispute", "uri": uri, "reason": reason}


def disown(uri: str, reason: str | None = None) -> Object:
    """`ownership` end: as if nothing had been said of it."""
    return _reasoned({"type": "ownership", "op": "end", "uri": uri}, reason)


def scripts(files: Mapping[str, str]) -> Object:
    """`scripts`: a release of the pages' scripts, each file's SHA-256 by its name."""
    ordered = sorted(files.items())
    return {
        "type": "scripts",
        "release": release_of(ordered),
        "files": [{"name": name, "sha256": sha256} for name, sha256 in ordered],
    }


def listed(items: Iterable[str]) -> tuple[bytes, Object]:
    """The list of these items: the attachment, and `count`, `root` and `list` for a statement."""
    found = list(items)
    return scopes.render(found), scopes.members(found)


def hold_place(uri: str, reason: str, members: Object) -> Object:
    """`hold` place; `members` are those of `listed`."""
    return {"type": "hold", "op": "place", "uri": uri, "reason": reason, **members}


def hold_release(uri: str, reason: str | None = None) -> Object:
    """`hold` release."""
    return _reasoned({"type": "hold", "op": "release", "uri": uri}, reason)


def recall_order(
    uri: str, level: int, known: str, reason: str, members: Object, *, drill: bool = False
) -> Object:
    """`recall` order: `known` is the UTC second at which the one who orders came to know."""
    return {
        "type": "recall",
        "op": "order",
        "uri": uri,
        "level": level,
        "drill": drill,
        "known": known,
        "reason": reason,
        **members,
    }


def recall_plan(uri: str, planned: str) -> Object:
    """`recall` plan: `planned` is the UTC second at which the recall plan was made."""
    return {"type": "recall", "op": "plan", "uri": uri, "planned": planned}


def recall_extend(uri: str, members: Object, reason: str | None = None) -> Object:
    """`recall` extend: these items too."""
    return _reasoned({"type": "recall", "op": "extend", "uri": uri, **members}, reason)


def recall_clear(uri: str, reason: str, members: Object) -> Object:
    """`recall` clear: these items are found not to be concerned."""
    return {"type": "recall", "op": "clear", "uri": uri, "reason": reason, **members}


def recall_acknowledge(uri: str) -> Object:
    """`recall` acknowledge: this holder knows of it."""
    return {"type": "recall", "op": "acknowledge", "uri": uri}


def recall_report(
    uri: str, quantities: Iterable[Mapping[str, str]], files: Sequence[str] = ()
) -> Object:
    """`recall` report: what became of which item, each {item, kind, value, unit}.

    `files` are the SHA-256 of attachments, photographs say.
    """
    statement: Object = {"type": "recall", "op": "report", "uri": uri}
    statement["quantities"] = [dict(one) for one in quantities]
    return {**statement, "files": list(files)} if files else statement


def recall_close(
    uri: str, missing: Iterable[Mapping[str, str]] = (), reason: str | None = None
) -> Object:
    """`recall` close: `missing` is what was not found, each {item, value, unit}."""
    statement: Object = {"type": "recall", "op": "close", "uri": uri}
    return _reasoned({**statement, "missing": [dict(one) for one in missing]}, reason)


def recall_withdraw(uri: str, reason: str) -> Object:
    """`recall` withdraw: it was ordered by mistake."""
    return {"type": "recall", "op": "withdraw", "uri": uri, "reason": reason}


def _reasoned(statement: Object, reason: str | None) -> Object:
    return statement if reason is None else {**statement, "reason": reason}
