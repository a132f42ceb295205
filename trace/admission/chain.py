"""The rules that decide a link by what the ledger held before it (section 5 of the format)."""

import itertools
from collections.abc import Callable

from suyuan.keys import public, validity
from suyuan.trace.format import statements
from suyuan.trace.format.identifiers.items import canonical as canonical_item
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import MAX_REF_ITEMS, Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule, statement_refused
from suyuan.trace.log.checkpoint import last_checkpoint
from suyuan.trace.log.errors import LogError

from . import offices
from .enrolment import check_enrolment
from .state import State, codings

STANDING = ("party", "registrar", "key", "mandate")  # statements on who may sign
_OF_ITS_ACTOR = ("plan", "extend", *statements.ENDING)  # ops on an act that others may not make
_AUTHORITYS = {
    "origin": "where a ledger goes on from",
    "ownership": "whose a company prefix, a place or a product is",
}
_ORIGIN_INDEX = 1  # behind the authority's own admission
At = Callable[[int], tuple[str | None, str | None] | None]  # hash and actor of a link by index
_STEP_PREFIXES = ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-")


def decide(
    link: Link,
    state: State,
    *,
    time: Callable[[Link, State], None] | None = None,
    verified: bytes | None = None,
) -> None:
    """Raise Refused, naming the first rule that the link breaks after `members`.

    `time` is rule `time` where a server decides, None for every other verifier; `verified` the
    SubjectPublicKeyInfo under which the caller has found the signature valid, so that it is not
    checked twice.
    """
    ledger(link, state)
    if time is not None:
        time(link, state)
    spki = key(link, state)
    if verified != spki:
        signature(link, spki)
    chain(link, state)
    items(link)
    after(link, state, state.at)
    if link.statement is not None:
        authority(link, link.statement, state)
        statement(link, link.statement, state)
    elif state.size == 0:
        raise Refused(Rule.AUTHORITY, msg("the first link must be the authority's own admission"))
    coding(link, state)


def ledger(link: Link, state: State) -> None:
    """Rule `ledger`: the link is for this ledger."""
    if link.ledger != state.genesis.origin:
        why = msg("the link is for %s, this is %s", link.ledger[:200], state.genesis.origin)
        raise Refused(Rule.LEDGER, why)


def key(link: Link, state: State, index: int | None = None) -> bytes:
    """Rule `key`: the SubjectPublicKeyInfo that is good at an index, else at the next one."""
    root, index = state.genesis, state.size if index is None else index
    if link.keyid == root.root_keyid:
        if link.actor != root.authority:
            raise Refused(Rule.KEY, msg("the root key signs for %s only", root.authority))
        # It needs no enrolment; its actor must be admitted as any other, but for leaf 0.
        if index and not validity.is_admitted(state, link.actor, index):
            raise Refused(Rule.KEY, msg("%s is not admitted to this ledger", link.actor))
        return root.root_spki
    why = validity.why_invalid(
        state, link.actor, link.keyid, index, step=step(link), signed_at=link.signed_at,
        is_statement=link.statement is not None,
    )  # fmt: skip
    if why is not None:
        raise Refused(Rule.KEY, why)
    known = state.key(link.keyid)
    assert known is not None
    return known.spki


def signature(link: Link, spki: bytes) -> None:
    """Rule `signature`: the key with this SubjectPublicKeyInfo signed it; BadKey for no key."""
    if not link.envelope.verify(public.load(spki)):
        raise Refused(
            Rule.SIGNATURE, msg("the signature by key %s… does not verify", link.keyid[:16])
        )


def step(link: Link) -> str | None:
    """The bare business step of the link's event; None where a mandate covers nothing."""
    name = None if link.event is None else link.event.get("bizStep")
    if not isinstance(name, str):
        return None
    for prefix in _STEP_PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def chain(link: Link, state: State) -> None:
    """Rule `chain`: the next number and the present head, in each chain that it extends."""
    for ref in link.items:
        head = state.head(ref.item, link.actor)
        expected = (0, None) if head is None else (head.seq + 1, head.hash)
        if (ref.seq, ref.prev) != expected:
            raise Refused(
                Rule.CHAIN,
                msg(
                    "number %s of %s about %s does not follow its head, which is %s",
                    ref.seq,
                    link.actor,
                    ref.item[:200],
                    msg("not there yet") if head is None else msg("number %s", head.seq),
                ),
                {part.item: state.head(part.item, link.actor) for part in link.items},
                fix=msg("sign again with the present heads"),
            )


def items(link: Link) -> None:
    """Rule `items`: the event's item set or the statement's subject, sorted, each once."""
    listed = [ref.item for ref in link.items]
    if link.event_ref is not None:
        is_canonical = all(canonical_item(item) == item for item in listed)
        is_sorted = listed == sorted(set(listed)) and len(listed) <= MAX_REF_ITEMS
        if listed != [link.actor] and not (is_canonical and is_sorted):
            why = msg("names 1 to %s canonical items, sorted, each once", MAX_REF_ITEMS)
            raise Refused(Rule.ITEMS, msg("an event by reference %s", why))
        return
    if link.event is not None:
        expected = item_set(link.event) or [link.actor]
    else:
        assert link.statement is not None
        subject = statements.subject(link.statement)
        if subject is None:  # labels: any one item
            subject = canonical_item(listed[0]) or "an item's canonical URI"
        expected = [subject]
    if listed != expected:
        raise Refused(
            Rule.ITEMS,
            msg(
                "items must be %s, canonical, sorted and each once; they are %s",
                _listed(expected),
                _listed(listed),
            ),
        )


def _listed(uris: list[str]) -> str:
    more = f" and {len(uris) - 3} more" if len(uris) > 3 else ""
    return ", ".join(uri[:120] for uri in uris[:3]) + more


def after(link: Link, state: State, at: At) -> None:
    """Rule `after`: earlier links of other actors, this ledger's first, in order, each once.

    `at` gives hash and actor of the link at an index before this one, None where there is none;
    what is not known of it, as of a link that a file leaves out, is not compared.
    """
    order = [(ref.ledger is not None, ref.ledger or "", ref.index) for ref in link.after]
    if any(former >= latter for former, latter in itertools.pairwise(order)):
        raise Refused(
            Rule.AFTER, msg("after must name this ledger's links first, in order, each once")
        )
    for ref in link.after:
        if ref.ledger is None:
            named = at(ref.index)
            if named is None or named[0] not in (None, ref.hash):
                raise Refused(
                    Rule.AFTER,
                    msg("no link %s… at index %s before this one", ref.hash[:16], ref.index),
                )
            if named[1] == link.actor:
                raise Refused(
                    Rule.AFTER,
                    msg("index %s is a link of the same actor: use prev for it", ref.index),
                )
        elif ref.ledger == state.genesis.origin:
            raise Refused(Rule.AFTER, msg("a link of this ledger is named without `ledger`"))


def authority(link: Link, statement: Object, state: State) -> None:
    """Rule `authority`: the statement is one that its actor may make."""
    kind, op = statement["type"], statement.get("op")
    if state.size == 0 and (kind, op, statement.get("party")) != ("party", "admit", link.actor):
        raise Refused(Rule.AUTHORITY, msg("the first link must be the authority's own admission"))
    if kind in _AUTHORITYS and link.actor != state.genesis.authority:
        raise Refused(Rule.AUTHORITY, msg("only the authority says %s", _AUTHORITYS[kind]))
    if kind in statements.OFFICIAL and op != statements.ANSWER:
        _official(link, statement, state)
    if kind in statements.ACTS and op in _OF_ITS_ACTOR:
        act = state.act(str(statement["uri"]))
        if act is not None and link.actor not in (act.actor, state.genesis.authority):
            raise Refused(
                Rule.AUTHORITY,
                msg(
                    "%s is an act of %s: only that party or the authority plans, extends "
                    "or ends it",
                    act.uri,
                    act.actor,
                ),
            )
    if kind == "erasure":
        erasing(link, statement, state.at(int(statement["index"])), state)
    if kind not in STANDING or (kind in ("key", "mandate") and link.actor == statement["party"]):
        return
    if link.actor != state.genesis.authority:
        if kind == "registrar":
            raise Refused(
                Rule.AUTHORITY, msg("only the authority appoints and dismisses registrars")
            )
        _registrar(link, statement, state)
    if kind == "mandate" and validity.speaks_for_itself(state, str(statement["party"]), state.size):
        party = statement["party"]
        why = msg("%s has a good key of its own: it gives and withdraws mandates itself", party)
        raise Refused(Rule.AUTHORITY, why)


def _official(link: Link, statement: Object, state: State) -> None:
    """An office's work: by it, its inspectors, or the authority."""
    office, act = offices.acts_for(state, link.actor), state.act(str(statement["uri"]))
    if office is None:
        why = msg("only an office and its inspectors state a %s", statement["type"])
        raise Refused(Rule.AUTHORITY, why)
    if act is not None and office not in (act.office, state.genesis.authority):
        why = msg("%s is of %s: only that office or the authority goes on", act.uri, act.office)
        raise Refused(Rule.AUTHORITY, why)


def _registrar(link: Link, statement: Object, state: State) -> None:
    party = str(statement["party"])
    remit, known = state.remit(link.actor), state.party(party)
    is_stated = statement["type"] == "party" and statement["op"] != "leave"
    named = [] if known is None else [offices.office_named(known.roles, known.part_of)]
    if is_stated:
        named.append(offices.office_named(statement["roles"], statement.get("part_of")))
    is_for_office = offices.may_register(state, link.actor, named)
    if is_for_office and state.remit(party) is None:
        return
    if is_for_office is False:
        # Else whoever registers in its division could enrol a key, and see and sign as the office.
        why = msg("%s is an inspector: its office or the authority states this", party)
        raise Refused(Rule.AUTHORITY, why)
    if remit is None:
        about = (link.actor, statement["type"], party)
        why = msg(
            "%s is no registrar: the statement %s about %s is made by the authority, a registrar "
            "or the party itself",
            *about,
        )
        if statement["type"] == "party":
            why = msg(
                "%s is no registrar: the statement %s about %s is made by the authority or a "
                "registrar",
                *about,
            )
        raise Refused(Rule.AUTHORITY, why)
    if party == state.genesis.authority or state.remit(party) is not None:
        # Else a registrar could enrol a key for one who may do more than itself.
        raise Refused(
            Rule.AUTHORITY,
            msg("%s is the authority or a registrar: in no registrar's remit", party),
        )
    spans = []
    is_return = known is not None and known.left is not None and statement.get("op") == "admit"
    if known is not None and not is_return:
        spans.append((known.division, known.places))
    if is_stated:
        spans.append((str(statement["division"]), tuple(statement["places"])))
    if not all(validity.in_remit(remit, division, places) for division, places in spans):
        raise Refused(Rule.AUTHORITY, msg("%s is not in the remit of %s", party, link.actor))


def statement(link: Link, statement: Object, state: State) -> None:
    """Rule `statement`: its content, and the state that it meets."""
    kind, op = statement["type"], statement.get("op")
    if kind == "origin":
        _origin(link, statement, state)
    elif kind in statements.UNDER_URI:
        _act(statement, state)
    elif kind == "scripts":
        release = statements.release_of((f["name"], f["sha256"]) for f in statement["files"])
        if release != statement["release"]:
            raise statement_refused(
                "these files are release %s, not %s", release, statement["release"]
            )
    elif kind == "erasure":
        erased(statement, state.at(int(statement["index"])))
    if kind not in STANDING:
        return
    party = str(statement["party"])
    known = state.party(party)
    admitted = known is not None and known.left is None
    if (kind, op) == ("party", "admit"):
        if admitted:
            raise statement_refused("%s is admitted already: change it", party)
        return
    if (kind, op) == ("registrar", "dismiss"):
        if state.remit(party) is None:
            raise statement_refused("%s is no registrar", party)
    elif (kind, op) == ("key", "revoke"):
        key = state.key(str(statement["keyid"]))
        if key is None or key.party != party or key.revoked is not None:
            raise statement_refused(
                "key %s… is no good key of %s", str(statement["keyid"])[:16], party
            )
    elif (kind, op) == ("mandate", "withdraw"):
        if not any(m.to == statement["to"] and m.withdrawn is None for m in state.mandates(party)):
            raise statement_refused(
                "%s has given no mandate to %s that still stands", party, statement["to"]
            )
    elif not admitted:
        raise statement_refused("%s is not admitted", party)
    if (kind, op) == ("key", "enrol"):
        check_enrolment(link, statement, state)
    elif (kind, op) == ("mandate", "give") and link.actor != party and "paper" not in statement:
        raise statement_refused(
            "a mandate that another enters for its giver names the signed paper"
        )


def _act(statement: Object, state: State) -> None:
    uri, kind, op = str(statement["uri"]), str(statement["type"]), str(statement["op"])
    act = state.act(uri)
    if op in statements.BEGINNING:
        if act is not None:
            raise statement_refused(
                "%s is a %s already, begun at index %s", uri, act.kind, act.leaf
            )
    elif act is None or act.kind != kind:
        raise statement_refused("there is no %s %s", kind, uri)
    elif op in _OF_ITS_ACTOR and act.ended is not None:
        raise statement_refused(
            "%s was ended at index %s, by its op %s", uri, act.ended, act.ending
        )
    elif op in statements.MOVING and not offices.is_officer(state, str(statement["to"])):
        raise statement_refused("%s is no office", statement["to"])


def erasing(link: Link, statement: Object, at: tuple[str, str] | None, state: State) -> None:
    """Rule `authority` of an erasure; `at` are hash and actor of the link at its index, if any."""
    owner = None if at is None or at[0] != statement["hash"] else at[1]
    if owner is not None and link.actor not in (owner, state.genesis.authority):
        try:
            _registrar(link, {"type": "erasure", "party": owner}, state)
        except Refused:  # which says whose record it is, and entries may be private
            raise Refused(
                Rule.AUTHORITY,
                msg(
                    "what the record at index %s hides is erased by its party, the "
                    "authority or a registrar who has it in the remit: the authority and "
                    "registrars are in no registrar's remit",
                    statement["index"],
                ),
            ) from None


def erased(statement: Object, at: tuple[str, str] | None) -> None:
    """Rule `statement` of an erasure: the link that it names is there."""
    if at is None or at[0] != statement["hash"]:
        where = f"at index {statement['index']} before this one"
        raise statement_refused("no link %s… %s", str(statement["hash"])[:16], where)


def _origin(link: Link, statement: Object, state: State) -> None:
    if state.size != _ORIGIN_INDEX:
        raise statement_refused("where a ledger goes on from is its first statement, at index 1")
    if statement["party"] != link.actor:
        raise statement_refused("party must be %s, who says it", link.actor)
    old = str(statement["ledger"]), str(statement["log"]), str(statement["checkpoint"])
    try:
        last_checkpoint(*old, origin=state.genesis.origin)
    except LogError as error:
        raise statement_refused(error) from None


def coding(link: Link, state: State) -> None:
    """Rule `coding`: an item with a code of this ledger is coded by its first coder only."""
    for item in codings(link, state.genesis.host):
        coder = state.coder(item)
        if coder is not None and coder != link.actor:
            why = msg("%s was coded by %s: only its first coder codes it again", item, coder)
            raise Refused(Rule.CODING, why)
