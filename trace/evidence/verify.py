"""Verifying an evidence file by itself: no database, no network, only the trust file."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey

from .. import verdicts
from ..chain import STANDING
from ..link import Link, link_hash
from ..log import cosignature
from ..log.errors import LogError
from ..log.policy import Policy, Witnessed, check
from ..log.proofs import check_inclusion
from ..members import Object
from ..ownership import is_owned_by_another, owner_of
from ..path import Begun, beginnings, chains_of, joins_of, walk
from ..rules import Refused, Rule
from ..scopes import OFFICERS
from ..statements import EXAMINERS, is_newer
from ..trust import Trust, TrustError
from ..verdicts import Cause, State, Tone, acted
from . import hidden, limits, scoping
from .bundle import Bundle, Entry
from .lineage import holes, lineage, misplaced, strays, unnamed
from .partial import Newer, Part, read
from .verdict import Cosigner, Erased, Fault, Scoped, Told, Verdict


def verify(
    bundle: Bundle,
    trust: Trust,
    *,
    attachments: Mapping[str, bytes] | None = None,
    disclosures: Sequence[str] = (),
    holder: str | None = None,
    today: int | None = None,
) -> Verdict:
    """What the file shows under the trust file.

    `holder` is whose goods are asked about, without one those of all whose chains lead nowhere
    else; `today` the day since 1970 in China by which shelf lives are judged, if they are to be.
    `attachments` are further contents by SHA-256, `disclosures` further stored strings, which must
    be of links of the file as its own must. Raises TrustError where the trust file's policy cannot
    be used.
    """
    policy = _policy(trust)
    try:
        witnessed = check(bundle.checkpoint, trust.log, policy)
        _refuse_damaged(bundle.checkpoint, trust, policy)
    except LogError as error:
        return Verdict(
            item=bundle.item,
            links=(),
            checkpoint=None,
            cosigned=(),
            has_policy=policy is not None,
            is_met=False,
            time=None,
            faults=(Fault("checkpoint", str(error)),),
            undecided=(),
            not_shown=(),
            judged=verdicts.verdict([Cause(State.BROKEN, "checkpoint", tone=Tone.BAD)]),
        )
    if disclosures:
        bundle = replace(bundle, disclosures=(*bundle.disclosures, *disclosures))
    judge = _Judge(bundle, trust, witnessed, policy, attachments or {}, holder=holder, today=today)
    return judge.verdict()


def _policy(trust: Trust) -> Policy | None:
    if trust.policy == "none":
        return None
    try:
        found = Policy.parse(trust.policy)
    except LogError as error:
        raise TrustError(f"the trust file's policy cannot be used: {error}") from None
    if found.logs and all(line.key != trust.log for line in found.logs):
        raise TrustError(f"the trust file's policy lists other logs than {trust.log.name}")
    return found


def _refuse_damaged(note: str, trust: Trust, policy: Policy | None) -> None:
    """Raise LogError where a known witness's signature stands under another name or key id.

    Nobody writes such a line: it was damaged, and who cosigned would be told wrong.
    """
    if policy is None:
        return
    opened = notes.parse(note)
    keys = [line.key for line in policy.witnesses]
    known = {(key.name, key.hash) for key in keys} | {(trust.log.name, trust.log.hash)}
    for line in opened.signatures:
        if (line.name, line.hash) in known:
            continue
        # One character of base64 holds the id's last bits and the first four of the time, which
        # are 0 in every time that a witness gives.
        first, rest = line.signature[0], line.signature[1:]
        for signature in {line.signature, bytes([first & 0x0F]) + rest}:
            for key in keys:
                if _cosigns(notes.Note(opened.text, (_moved(key, signature),)), key):
                    raise LogError(f"the cosignature of {key.name} stands under another name or id")


def _moved(key: CosignerKey, signature: bytes) -> notes.NoteSignature:
    return notes.NoteSignature(key.name, key.hash, signature)


def _cosigns(note: notes.Note, key: CosignerKey) -> bool:
    try:
        return cosignature.verify(note, key) is not None
    except LogError:
        return False


class _Judge:
    """One file under one trust file, its checkpoint opened."""

    def __init__(
        self,
        bundle: Bundle,
        trust: Trust,
        witnessed: Witnessed,
        policy: Policy | None,
        more: Mapping[str, bytes],
        *,
        holder: str | None,
        today: int | None,
    ) -> None:
        self._bundle = bundle
        self._holder = holder
        self._today = today
        self._trust = trust
        self._witnessed = witnessed
        self._policy = policy
        self._more = more
        self._part = Part(trust.genesis)
        self._read: dict[int, Link] = {}
        self._links: dict[int, Link] = {}  # those that are in the log
        self._faults: dict[int, list[Fault]] = {}
        self._newer: list[str] = []
        self._granted: dict[str, tuple[str, ...]] = {}  # roles by the authority's registrations
        self._owned: dict[str, Object] = {}  # the newest statement on whose a URI is

    def verdict(self) -> Verdict:
        """The file's links in order of index, then what they are together."""
        for entry in self._bundle.entries:
            self._take(entry)
        items = lineage(self._links, self._bundle.item)
        for link in self._good().values():
            said = link.statement or {}
            if said.get("type") == "ownership":
                self._owned[str(said["uri"])] = said
            elif said.get("type") == "party" and link.actor == self._trust.authority:
                roles = verdicts.registers(link, str(said["party"]))
                self._granted |= {} if roles is None else {str(said["party"]): roles}
        told = tuple(self._told(entry, items) for entry in self._bundle.entries)
        cosigned = tuple(
            Cosigner(one.name, one.time, one.name in self._trust.auditing)
            for one in self._witnessed.cosigned
        )
        met = self._witnessed
        missing, open_ends = list(self._missing(items)), self._newer
        if any(one.said == "unreadable" and not one.faults for one in told):
            # What cannot be read may be what is missing: that is for a newer program to say.
            open_ends, missing = [*open_ends, *(fault.why for fault in missing)], []
        undecided = list(limits.undecided(met, self._policy, told, open_ends, self._bundle.runs))
        faults = (*missing, *self._beside(), *self._scopes(items))
        scopes = tuple(self._scoped())
        every = (*faults, *(fault for one in told for fault in one.faults))
        return Verdict(
            item=self._bundle.item,
            links=told,
            checkpoint=met.checkpoint,
            cosigned=cosigned,
            has_policy=self._policy is not None,
            is_met=met.is_met,
            time=met.time,
            faults=faults,
            judged=self._judged(every, undecided, scopes),
            undecided=tuple(undecided),
            not_shown=tuple(
                limits.not_shown(
                    met.checkpoint,
                    self._links,
                    items,
                    item=self._bundle.item,
                    attached={*self._bundle.attachments, *self._more},
                    auditing=[one.name for one in cosigned if one.is_auditing],
                    is_witnessed=bool(cosigned) and met.is_met,
                )
            ),
            beginnings=tuple(self._beginnings(items)),
            scopes=scopes,
            shown=tuple(hidden.shown(self._bundle.disclosures, self._good())),
            erased=tuple(self._erased()),
        )

    def _take(self, entry: Entry) -> None:
        digest, checkpoint = link_hash(entry.entry), self._witnessed.checkpoint
        faults = self._faults[entry.index] = []
        try:
            check_inclusion(
                bytes.fromhex(digest),
                entry.index,
                checkpoint.size,
                proof=entry.proof,
                root=checkpoint.root,
            )
        except LogError as error:
            faults.append(Fault("log", str(error), entry.index))
        link = None
        try:
            link = read(entry.entry)
        except Refused as refused:
            faults.append(Fault(refused.rule, refused.what, entry.index))
        except Newer as newer:
            self._newer.append(f"index {entry.index} is {newer}, which this program cannot read")
        if link is not None:
            self._read[entry.index] = link
        if faults and link is not None:
            return  # it is in no log: what it says of chains, keys and parties counts for nothing
        broken = self._part.take(entry.index, digest, link)
        if broken is not None:
            faults.append(Fault(broken.rule, broken.what, entry.index))
        if link is None:
            return
        self._links[entry.index] = link
        if link.statement is not None and is_newer(link.statement):
            kind = f"{link.statement['type']} {link.statement.get('op') or ''}".rstrip()
            self._newer.append(
                f"index {entry.index} is a statement of a type not known here, {kind[:80]}: its "
                "chain and signature are checked, its meaning is not"
            )

    def _missing(self, items: set[str]) -> Iterator[Fault]:
        if not any(ref.item == self._bundle.item for x in self._links.values() for ref in x.items):
            yield Fault("item", f"no link of the file is about {self._bundle.item}")
        wrong = dict(misplaced(self._links, items, self._bundle.runs))
        for hole in holes(self._links, items, [x for x in self._bundle.runs if x not in wrong]):
            yield Fault(
                Rule.CHAIN,
                f"number {hole.seq} of {hole.actor} about {hole.subject} is not in the file",
            )
        for run, why in wrong.items():
            named = f"numbers {run.start} to {run.stop} of {run.actor} about {run.item}"
            yield Fault(Rule.CHAIN, f"{named} are said to be left out: {why}")
        for name in unnamed(self._links, items):
            yield Fault(
                Rule.AFTER, f"index {name.index}, which it follows, is not in the file", name.by
            )
        for index in strays(self._links, items):
            yield Fault("item", "it has nothing to do with the item", index)

    def _beside(self) -> Iterator[Fault]:
        """Attachments and disclosures must be ones that the file's links commit to."""
        named = {str(ref["sha256"]) for x in self._links.values() for ref in _files(x)}
        for name in sorted(self._bundle.attachments.keys() - named):
            yield Fault("attachment", f"no link of the file names attachment {name[:16]}…")
        yield from hidden.faults(self._bundle.disclosures, self._links)

    def _good(self) -> dict[int, Link]:
        """The links that break no rule."""
        return {index: link for index, link in self._links.items() if not self._faults[index]}

    def _erased(self) -> Iterator[Erased]:
        good = self._good()
        return hidden.erased(good, {link.actor: self._name(link.actor) for link in good.values()})

    def _scopes(self, items: set[str]) -> Iterator[Fault]:
        for scope in self._bundle.scopes:
            why = scoping.fault(scope, self._links.get(scope.index), items)
            if why is not None:
                yield Fault("scope", why, scope.index)

    def _scoped(self) -> Iterator[Scoped]:
        for item, act, since, cleared in scoping.standing(self._bundle.scopes, self._good()):
            found = self._part.act(act)
            if found is not None:
                yield Scoped(
                    item, act, found.kind, found.level, found.drill, found.actor,
                    self._name(found.actor), since, cleared, found.ended, found.ending,
                )  # fmt: skip

    def _beginnings(self, items: set[str]) -> list[Begun]:
        good = self._good()
        chains = chains_of(good)
        joins = joins_of(good, chains, part_of=self._part_of, is_foreign=self._is_foreign)
        return list(beginnings(good, (pair for pair in chains if pair[0] in items), chains, joins))

    def _part_of(self, uri: str) -> str | None:
        party = self._part.party(uri)
        return None if party is None else party.part_of

    def _is_foreign(self, item: str, actor: str) -> bool:
        owner = owner_of(item, self._owned.get)
        return is_owned_by_another(item, actor, owner, firm=self._part_of(actor))

    def _is_lost(self, index: int) -> bool:
        key = self._part.key(self._links[index].keyid)
        return key is not None and key.reported_lost_at(index)

    def _is_examiner(self, uri: str) -> bool:
        return any(role in EXAMINERS for role in self._granted.get(uri, ()))

    def _judged(
        self, faults: Iterable[Fault], undecided: Iterable[str], scopes: Iterable[Scoped]
    ) -> verdicts.Verdict:
        """What may be said of the item, by section 10: of what breaks no rule."""
        good = self._good()
        registry = verdicts.Registry(
            self._part_of, self._is_examiner, self._is_lost, self._is_foreign
        )
        path = walk(
            good,
            self._bundle.item,
            self._holder,
            part_of=self._part_of,
            is_foreign=self._is_foreign,
        )
        judged = verdicts.judge(path, good.items(), registry, self._today)
        causes = [Cause(State.BROKEN, fault.rule, index=fault.index, tone=Tone.BAD)
                  for fault in faults]  # fmt: skip
        causes += [Cause(State.UNDECIDED, "open") for _ in undecided]
        causes += [
            Cause(State.UNDECIDED, "unfinished", sha256, actor)
            for sha256, actor in verdicts.documents(path)
            if not any(_finishes(link, sha256, actor) for link in good.values())
        ]
        holders = {actor for _, actor in path.ends}
        causes += [
            acted(one.kind, one.item, one.actor, one.since, is_itself=one.item == path.item)
            for one in scopes
            if one.is_in_force and one.item in path.items
            and self._counts(one, holders, is_itself=one.item == path.item)
        ]  # fmt: skip
        return verdicts.verdict([*causes, *judged.causes], judged.purchases)

    def _counts(self, one: Scoped, holders: Collection[str], *, is_itself: bool) -> bool:
        """Whether an act is told to consumers: a recall; of the item itself an officer's hold."""
        if one.kind == "recall":
            return True
        is_officer = self._is_officer(one.actor)
        return is_itself and (is_officer or one.actor in holders)

    def _is_officer(self, uri: str) -> bool:
        roles = self._granted.get(uri, ())
        return uri == self._trust.authority or any(role in OFFICERS for role in roles)

    def _told(self, entry: Entry, items: set[str]) -> Told:
        link, faults = self._read.get(entry.index), tuple(self._faults[entry.index])
        if link is None:
            return Told(entry.index, link_hash(entry.entry), faults=faults)
        key = self._part.key(link.keyid)
        is_root = link.keyid == self._trust.root.keyid
        signer = self._trust.authority if is_root else None if key is None else key.party
        mandated = signer is not None and signer != link.actor
        ref = link.event_ref
        statement = link.statement or {}
        return Told(
            index=entry.index,
            hash=link.hash,
            items=tuple(ref.item for ref in link.items),
            actor=link.actor,
            actor_name=self._name(link.actor),
            signer=signer,
            signer_name=None if signer is None else self._name(signer),
            keyid=link.keyid,
            enrolled=None if key is None else key.enrolled,
            mandate=self._part.mandate(link, str(signer), entry.index) if mandated else None,
            signed_at=link.signed_at,
            when=link.signed_at if link.event is None else str(link.event["eventTime"]),
            said=_said(link),
            part=_part(link, items),
            is_received=link.is_received,
            is_lost_key=key is not None and key.reported_lost_at(entry.index),
            is_recovery=statement.get("type") == "key" and "revokes" in statement,
            is_unread=ref is not None and not self._has(str(ref["sha256"])),
            faults=faults,
        )

    def _name(self, uri: str) -> str | None:
        party = self._part.party(uri)
        return None if party is None else party.name

    def _has(self, digest: str) -> bool:
        if digest in self._bundle.attachments:
            return True
        data = self._more.get(digest)
        return data is not None and hashlib.sha256(data).hexdigest() == digest


def _finishes(link: Link, sha256: str, actor: str) -> bool:
    """Whether a link says that its actor has recorded all of a document."""
    said = link.statement or {}
    return (link.actor, said.get("type"), said.get("sha256")) == (actor, "document", sha256)


def _files(link: Link) -> Iterator[dict[str, Any]]:
    for ref in (link.document, link.event_ref):
        if ref is not None:
            yield ref


def _said(link: Link) -> str:
    if link.event is not None:
        return str(link.event.get("bizStep") or link.event["type"])
    if link.statement is not None:
        return f"{link.statement['type']} {link.statement.get('op') or ''}".rstrip()
    return "event_ref"


def _part(link: Link, items: set[str]) -> str:
    if any(ref.item in items for ref in link.items):
        return "history"
    return "standing" if (link.statement or {}).get("type") in STANDING else "beside"
