"""Verifying an evidence file by itself: no database, no network, only the trust file."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.trace.admission.chain import STANDING
from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.ownership import is_owned_by_another, owner_of
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.link import Link, body_fault, link_hash
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.statements import EXAMINERS, is_newer
from suyuan.trace.goods import verdicts
from suyuan.trace.goods.verdicts import Cause, State, Tone, acted
from suyuan.trace.lineage.path import beginnings, chains_of, joins_of, walk
from suyuan.trace.log import cosignature
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.policy import Policy, Witnessed, check
from suyuan.trace.log.proofs import check_inclusion

from . import describe, membership
from .bundle import Bundle, Entry
from .partial import Newer, Part, read
from .verdict import Cosigner, Fault, LinkReport, Scoped, Verdict


def verify(
    bundle: Bundle,
    trust: Trust,
    *,
    attachments: Mapping[str, bytes] | None = None,
    disclosures: Sequence[str] = (),
    holder: str | None = None,
    today: int | None = None,
) -> Verdict:
    """What the file shows under the trust file; TrustError where its policy cannot be used.

    Of the goods of `holder`, else of all whose chains lead nowhere else, `today` since 1970 in
    China; with further `attachments` by SHA-256 and `disclosures`, which its links must name.
    """
    policy = _policy(trust)
    try:
        witnessed = check(bundle.checkpoint, trust.log, policy)
        _refuse_damaged(bundle.checkpoint, trust, policy)
    except LogError as error:
        return Verdict(
            item=bundle.item,
            judged=verdicts.verdict([Cause(State.BROKEN, "checkpoint", tone=Tone.BAD)]),
            has_policy=policy is not None,
            faults=(Fault("checkpoint", str(error)),),
        )
    if disclosures:
        bundle = replace(bundle, disclosures=(*bundle.disclosures, *disclosures))
    contents = {
        **bundle.attachments,
        **{digest: data for digest, data in (attachments or {}).items()
           if hashlib.sha256(data).hexdigest() == digest},
    }  # fmt: skip
    return _Verifier(bundle, trust, witnessed, policy, contents, holder, today).verdict()


def _policy(trust: Trust) -> Policy | None:
    if trust.policy == "none":
        return None
    try:
        policy = Policy.parse(trust.policy)
    except LogError as error:
        raise TrustError("the trust file's policy cannot be used: %s", error) from None
    if policy.logs and all(line.key != trust.log for line in policy.logs):
        raise TrustError("the trust file's policy lists other logs than %s", trust.log.name)
    return policy


def _refuse_damaged(note: str, trust: Trust, policy: Policy | None) -> None:
    """Raise LogError where a known witness's signature stands under another name or key id."""
    if policy is None:
        return
    signed = notes.parse(note)
    keys = [line.key for line in policy.witnesses]
    known = {(key.name, key.hash) for key in keys} | {(trust.log.name, trust.log.hash)}
    for line in signed.signatures:
        if (line.name, line.hash) in known:
            continue
        # One character of base64 holds the id's last bits and the first four of the time, which
        # are 0 in every time that a witness gives.
        first, rest = line.signature[0], line.signature[1:]
        for signature in {line.signature, bytes([first & 0x0F]) + rest}:
            for key in keys:
                moved = notes.NoteSignature(key.name, key.hash, signature)
                if _cosigns(notes.Note(signed.text, (moved,)), key):
                    raise LogError(
                        "the cosignature of %s stands under another name or id", key.name
                    )


def _cosigns(note: notes.Note, key: CosignerKey) -> bool:
    try:
        return cosignature.verify(note, key) is not None
    except LogError:
        return False


@dataclass(slots=True)
class _Verifier:
    """One file under one trust file; `contents` are attachments in it or beside it, by SHA-256."""

    bundle: Bundle
    trust: Trust
    witnessed: Witnessed
    policy: Policy | None
    contents: Mapping[str, bytes]
    holder: str | None
    today: int | None
    _part: Part = field(init=False)
    _read: dict[int, Link] = field(default_factory=dict)
    _links: dict[int, Link] = field(default_factory=dict)  # those that are in the log
    _good: dict[int, Link] = field(default_factory=dict)  # those that break no rule
    _faults: dict[int, list[Fault]] = field(default_factory=dict)
    _newer: list[str] = field(default_factory=list)
    _owned: dict[str, Object] = field(default_factory=dict)  # the newest `ownership` of a URI

    def verdict(self) -> Verdict:
        self._part = Part(self.trust.genesis)
        for entry in self.bundle.entries:
            self._take(entry)
        self._good = {index: x for index, x in self._links.items() if not self._faults[index]}
        self._owned = {
            str(statement["uri"]): statement
            for link in self._good.values()
            if (statement := link.statement) is not None
            and statement["type"] == "ownership" and not is_newer(statement)
        }  # fmt: skip
        items = membership.items_of(self._links, self.bundle.item)
        links = tuple(self._report(entry, items) for entry in self.bundle.entries)
        cosigned = tuple(
            Cosigner(cosigner.name, cosigner.time, cosigner.name in self.trust.auditing)
            for cosigner in self.witnessed.cosigned
        )
        missing, open_ends = list(self._missing(items)), self._newer
        if any(report.said == "unreadable" and not report.faults for report in links):
            # What cannot be read may be what is missing: that is for a newer program to say.
            open_ends, missing = [*open_ends, *(fault.why for fault in missing)], []
        undecided = tuple(
            describe.undecided(self.witnessed, self.policy, links, open_ends, self.bundle.runs)
        )
        faults = (*missing, *self._contents(items))
        scopes = tuple(self._scopes())
        every = (*faults, *(fault for report in links for fault in report.faults))
        names = {link.actor: self._name(link.actor) for link in self._good.values()}
        good, chains = self._good, chains_of(self._good)
        joins = joins_of(good, chains, self)
        return Verdict(
            item=self.bundle.item,
            judged=self._judged(every, undecided, scopes),
            has_policy=self.policy is not None,
            links=links,
            checkpoint=self.witnessed.checkpoint,
            cosigned=cosigned,
            is_met=self.witnessed.is_met,
            time=self.witnessed.time,
            faults=faults,
            undecided=undecided,
            not_shown=tuple(
                describe.not_shown(
                    self.witnessed.checkpoint,
                    self._links,
                    items,
                    item=self.bundle.item,
                    attached=self.contents.keys(),
                    auditing=[cosigner.name for cosigner in cosigned if cosigner.is_auditing],
                    is_witnessed=bool(cosigned) and self.witnessed.is_met,
                )
            ),
            beginnings=tuple(
                beginnings(good, (pair for pair in chains if pair[0] in items), chains, joins)
            ),
            scopes=scopes,
            shown=tuple(membership.shown(self.bundle.disclosures, self._good)),
            erased=tuple(membership.erased(self._good, names)),
        )

    def _take(self, entry: Entry) -> None:
        digest, checkpoint = link_hash(entry.entry), self.witnessed.checkpoint
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
            faults.append(Fault(refused.rule, refused.reason, entry.index))
        except Newer as newer:
            self._newer.append(f"index {entry.index} is {newer}, which this program cannot read")
        if link is not None:
            self._read[entry.index] = link
        if faults and link is not None:
            return  # it is in no log: its chains, keys and parties do not count
        if (broken := self._part.take(entry.index, digest, link)) is not None:
            faults.append(Fault(broken.rule, broken.reason, entry.index))
        if link is None:
            return
        self._links[entry.index] = link
        if link.statement is not None and is_newer(link.statement):
            self._newer.append(
                f"index {entry.index} is a statement of a type not known here, "
                f"{_kind(link)[:80]}: its "
                "chain and signature are checked, its meaning is not"
            )

    def _missing(self, items: set[str]) -> Iterator[Fault]:
        if not any(ref.item == self.bundle.item for x in self._links.values() for ref in x.items):
            yield Fault("item", f"no link of the file is about {self.bundle.item}")
        wrong = dict(membership.misplaced(self._links, items, self.bundle.runs))
        runs = [run for run in self.bundle.runs if run not in wrong]
        for hole in membership.holes(self._links, items, runs):
            why = f"number {hole.seq} of {hole.actor} about {hole.item} is not in the file"
            yield Fault(Rule.CHAIN, why)
        for run, why in wrong.items():
            named = f"numbers {run.start} to {run.stop} of {run.actor} about {run.item}"
            yield Fault(Rule.CHAIN, f"{named} are said to be left out: {why}")
        for by, missing in membership.unnamed(self._links, items):
            why = f"index {missing.index}, which it follows, is not in the file"
            yield Fault(Rule.AFTER, why, by)
        for index in membership.strays(self._links, items):
            yield Fault("item", "it has nothing to do with the item", index)

    def _contents(self, items: set[str]) -> Iterator[Fault]:
        """What the file's links do not commit to, and what their lists do not name."""
        files = (ref for x in self._links.values() for ref in (x.document, x.event_ref) if ref)
        named = {str(ref["sha256"]) for ref in files}
        for name in sorted(self.bundle.attachments.keys() - named):
            yield Fault("attachment", f"no link of the file names attachment {name[:16]}…")
        for index, link in self._links.items():
            data = None if link.event_ref is None else self.contents.get(link.event_ref["sha256"])
            fault = None if data is None else body_fault(link, data)
            if fault is not None:
                yield Fault("attachment", f"the event by reference does not fit: {fault}", index)
        yield from membership.uncommitted(self.bundle.disclosures, self._links)
        for scope in self.bundle.scopes:
            why = membership.scope_fault(scope, self._links.get(scope.index), items)
            if why is not None:
                yield Fault("scope", why, scope.index)

    def _scopes(self) -> Iterator[Scoped]:
        states = membership.scope_states(self.bundle.scopes, self._good)
        for item, uri, since, cleared in states:
            if (act := self._part.state.act(uri)) is not None:
                yield Scoped(
                    item, uri, act.kind, act.level, act.drill, act.actor,
                    self._name(act.actor), since, cleared, act.ended, act.ending,
                )  # fmt: skip

    def part_of(self, uri: str) -> str | None:
        party = self._part.state.party(uri)
        return None if party is None else party.part_of

    def is_foreign(self, item: str, actor: str) -> bool:
        owner = owner_of(item, self._owned.get)
        return is_owned_by_another(item, actor, owner, firm=self.part_of(actor))

    def is_examiner(self, uri: str) -> bool:
        roles = self._part.state.granted(uri, self.trust.authority)
        return any(role in EXAMINERS for role in roles)

    def is_lost(self, index: int, link: Link) -> bool:
        key = self._part.state.key(link.keyid)
        return key is not None and key.reported_lost_at(index)

    def _judged(
        self, faults: Iterable[Fault], undecided: Iterable[Message], scopes: Iterable[Scoped]
    ) -> verdicts.Verdict:
        """The item's verdict (section 10 of the format), from the links that break no rule."""
        path = walk(self._good, self.bundle.item, self.holder, self)
        judged = verdicts.judge(path, self._good.items(), self.today)
        causes = [Cause(State.BROKEN, fault.rule, index=fault.index, tone=Tone.BAD)
                  for fault in faults]  # fmt: skip
        causes += [Cause(State.UNDECIDED, "open") for _ in undecided]
        stated = ((link.actor, link.statement or {}) for link in self._good.values())
        ends = {(actor, content.get("type"), content.get("sha256")) for actor, content in stated}
        causes += [
            Cause(State.UNDECIDED, "unfinished", sha256, actor)
            for sha256, actor in verdicts.documents(path)
            if (actor, "document", sha256) not in ends
        ]
        holders = {actor for _, actor in path.ends}
        causes += [
            acted(act.kind, act.item, act.actor, act.since, is_itself=act.item == path.item)
            for act in scopes
            if act.is_in_force and act.item in path.items
            and self._is_for_consumers(act, holders, is_itself=act.item == path.item)
        ]  # fmt: skip
        return verdicts.verdict([*causes, *judged.causes], judged.purchases)

    def _is_for_consumers(self, act: Scoped, holders: Collection[str], *, is_itself: bool) -> bool:
        """Whether consumers see an act: a recall; a hold of the item by an officer or a holder."""
        if act.kind == "recall":
            return True
        return is_itself and (is_officer(self._part.state, act.actor) or act.actor in holders)

    def _report(self, entry: Entry, items: set[str]) -> LinkReport:
        link, faults = self._read.get(entry.index), tuple(self._faults[entry.index])
        if link is None:
            return LinkReport(entry.index, link_hash(entry.entry), faults=faults)
        key = self._part.state.key(link.keyid)
        is_root = link.keyid == self.trust.root.keyid
        signer = self.trust.authority if is_root else None if key is None else key.party
        is_mandated = signer is not None and signer != link.actor
        ref, statement = link.event_ref, link.statement or {}
        return LinkReport(
            index=entry.index,
            hash=link.hash,
            part=_part(link, items),
            items=tuple(ref.item for ref in link.items),
            actor=link.actor,
            actor_name=self._name(link.actor),
            signed_by=signer,
            signed_by_name=None if signer is None else self._name(signer),
            keyid=link.keyid,
            enrolled=None if key is None else key.enrolled,
            mandate=self._part.mandate(link, str(signer), entry.index) if is_mandated else None,
            signed_at=link.signed_at,
            when=link.signed_at if link.event is None else str(link.event["eventTime"]),
            said=_kind(link),
            is_received=link.is_received,
            is_reported_lost=self.is_lost(entry.index, link),
            is_recovery=statement.get("type") == "key" and "revokes" in statement,
            is_unread=ref is not None and str(ref["sha256"]) not in self.contents,
            faults=faults,
        )

    def _name(self, uri: str) -> str | None:
        party = self._part.state.party(uri)
        return None if party is None else party.name


def _kind(link: Link) -> str:
    if link.event is not None:
        return str(link.event.get("bizStep") or link.event["type"])
    if link.statement is not None:
        return f"{link.statement['type']} {link.statement.get('op') or ''}".rstrip()
    return "event_ref"


def _part(link: Link, items: set[str]) -> str:
    if any(ref.item in items for ref in link.items):
        return "history"
    return "standing" if (link.statement or {}).get("type") in STANDING else "beside"
