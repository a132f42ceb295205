"""What the demo's regulator does: inspections, cases, holds, recalls, samples' reports, a draw.

The drafts are those of the pages. What they choose by chance comes of the seed here, so that the
same seed and day give the same links.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import Object
from suyuan.trace.format.private import digests
from suyuan.trace.format.statements import PRIVATE
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.format.times import micros
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.party_report import second
from suyuan.trace.inspection import case_kinds, cases, counter
from suyuan.trace.inspection.case_drafts import Author, Drafted, Typed
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.draws import draw, draw_book, draw_check, draw_drafts
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept, KeptDraw
from suyuan.trace.inspection.sampling import lab_reports
from suyuan.trace.recall import orders
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.beside.office.report_cases import ReportCase, ReportCaseBook
from suyuan.trace.store.read.reader import Reader

from . import city_inspectors
from .cast import HOST, Cast

if TYPE_CHECKING:
    from .interpreter import Interpreter, Load, SignedLink

_TEAM = 2


def case_uri(cast: Cast, key: str) -> str:
    """The URI of the case that stories name by a key."""
    return cast.coded(cases.KIND, key)


def draw_uri(cast: Cast, key: str) -> str:
    """The URI of the draw that stories name by a key."""
    return cast.coded(draw_check.KIND, key)


class Desk:
    """The acts of offices, and of those whom they ask, in the stories of one interpreter."""

    def __init__(self, play: "Interpreter") -> None:
        self._play, self._cast, self._ledger = play, play.cast, play.ledger
        self._hidden = 0
        self.acts: Mapping[str, Callable[..., SignedLink]] = {
            "inspectors": self._inspectors,
            "inspect": self._inspect,
            "case": self._case,
            "act": self._act,
            "report a sample": self._report,
            "commit to a draw": self._commit_to,
            "check the drawn": self._check,
            "reveal a draw": self._reveal,
        }

    def _signed(
        self,
        actor: str,
        body: Object,
        kept: Sequence[Kept],
        after: Iterable["SignedLink"] = (),
        by: str | None = None,
    ) -> "SignedLink":
        """Sign an event or a statement, what it hides hidden anew with salts of the seed."""
        if kept:
            shown = [digests.read(one.stored) for one in kept]
            fields = {field.pointer: field.value for field in shown if field is not None}
            self._hidden += 1
            salts = (self._cast.draw(f"salt:desk:{self._hidden}:{n}", 32) for n in count())
            private, stored = digests.hide(fields, lambda length: next(salts)[:length])
            pairs = zip(kept, stored, strict=True)
            self._ledger.disclosures.keep(
                [replace(one, stored=text) for one, text in pairs], self._play.now
            )
            body = {**body, PRIVATE: private}
        refs = tuple(link.ref for link in after if link.actor != actor)
        is_event = "eventID" in body
        draft = Draft(
            event=body if is_event else None, statement=None if is_event else body, after=refs
        )
        return self._play.sign(actor, draft, {}, by=by)

    def _of_office(self, actor: str) -> str | None:
        """The office for which a party works; None for one that is no office's."""
        party = self._cast.parties[actor]
        key = {"inspector": party.part_of, "office": actor, "authority": actor}.get(party.role)
        return None if key is None else self._cast.parties[key].uri

    def _text(self, value: Any) -> str:
        """A value of a story as it is typed: a day, a party, an item or a case by its key."""
        text = str(value)
        if text.startswith(("D-", "D+")):
            return self._cast.day(text).isoformat()
        if text.startswith("case "):
            return case_uri(self._cast, text.removeprefix("case "))
        party = self._cast.parties.get(text)
        return self._cast.items.get(text, text) if party is None else party.uri

    # Inspectors.

    def _inspectors(self, actor: str, load: "Load") -> "SignedLink":
        for key in load:
            for statement in city_inspectors.registered(
                self._cast, key, self._ledger, self._play.now
            ):
                self._play.state(actor, statement)
            kept = self._cast.parties[key].kept
            link = self._play.state(actor, self._play.enrolment(key, key, kept))
        return link

    def _inspect(
        self, actor: str, load: "Load", *, after: Iterable["SignedLink"] = (), **stated: Any
    ) -> "SignedLink":
        event = city_inspectors.inspected(self._cast, load, self._play.now, **stated)
        event["eventID"] = self._play.event_id()
        body, kept = counter.concealed(event, self._cast.parties[actor].uri)
        return self._signed(actor, body, kept, after, stated["persons"].split()[0])

    # Cases.

    def _case(
        self,
        actor: str,
        load: "Load",
        *,
        kind: str = "",
        stage: str = "opened",
        about: str | None = None,
        said: Mapping[str, Any] | None = None,
        until: str = "",
        rests: Iterable["SignedLink"] = (),
        shows: bool = False,
        reported: Mapping[str, str] | None = None,
    ) -> "SignedLink":
        """A stage of a case, of which the first opens it, from a consumer's report if there is one.

        It `rests` on records; one that `shows` publishes what the laboratory found.
        """
        (key,) = load
        uri, play = case_uri(self._cast, key), self._play
        play.commit()
        author = Author(self._cast.parties[actor].uri, self._of_office(actor), play.now)
        typed = Typed(
            {name: self._text(value) for name, value in (said or {}).items()},
            self._text(until),
            [{"index": link.ref.index, "hash": link.ref.hash} for link in rests],
        )
        with self._ledger.reading() as reader:
            if stage == "opened":
                of, party = case_kinds.kinds()[kind], about and self._cast.parties[about].uri
                if reported is not None:
                    day = self._reported(key, about or "", reported, is_told=of.tells)
                    typed = replace(typed, said={"received": day, **typed.said})
                drafted = author.opening(of, uri, party, typed)
            else:
                case = cases.read(reader, self._ledger, cases.find(reader, HOST, uri))
                if shows:
                    typed = replace(typed, shows=self._found(reader, case))
                drafted = author.going_on(case, stage, typed)
        if not isinstance(drafted, Drafted):
            raise RuntimeError(f"{key}, {stage}: {drafted}")
        return self._signed(actor, drafted.statement, drafted.kept)

    def _found(self, reader: Reader, case: cases.Case) -> list[Object]:
        """What laboratories reported of a case's sample, to be shown to everyone."""
        found = lab_reports.of_case(reader, self._ledger, case, case.act.office or "")
        return [
            {"index": one.index, "hash": one.hash, "digests": sorted(d for _, d in one.fields)}
            for one in found
        ]

    def _reported(self, key: str, about: str, report: Mapping[str, str], *, is_told: bool) -> str:
        """Keep what a consumer reported half an hour ago of a label, and which case it became."""
        at, party = self._play.now - timedelta(minutes=30), self._cast.parties[about].uri
        day, item = at.astimezone(SHANGHAI).date(), report["item"]
        letters = (codes.ALPHABET[byte & 31] for byte in self._cast.draw(f"receipt:{key}", 8))
        made = Complaints(self._ledger.home).add(
            at,
            code=self._cast.label(about, item),
            serial=None,
            item=self._cast.items[item],
            holder=party,
            number=f"R{day:%y%m%d}{''.join(letters)}",
            **{name: report.get(name) for name in ("kind", "text", "name", "contact")},  # type: ignore[arg-type]
        )
        row = ReportCase(
            case_uri(self._cast, key), made.number, party if is_told else None, micros(at)
        )
        ReportCaseBook(self._ledger.database.engine).put(row)
        return day.isoformat()

    def _report(
        self,
        actor: str,
        load: "Load",
        *,
        office: str,
        said: Mapping[str, str],
        after: Iterable["SignedLink"],
    ) -> "SignedLink":
        """A laboratory's report of a sample, for the office that had it tested."""
        (lot,), parties = load, self._cast.parties
        event, kept = lab_reports.event(
            self._cast.items[lot], said, parties[actor].uri, parties[office].uri, self._play.now
        )
        return self._signed(actor, {**event, "eventID": self._play.event_id()}, kept, after)

    # Holds and recalls.

    def _act(
        self,
        actor: str,
        load: "Load",
        *,
        op: str,
        item: str = "",
        reason: str | None = None,
        level: int = 1,
        after: Iterable["SignedLink"] = (),
        **fates: str,
    ) -> "SignedLink":
        """A statement about a hold or a recall, of which each is named by a key."""
        (key,) = load
        uri, named = self._cast.coded("act", key), self._cast.items.get(item, "")
        data, members = acts.listed([named])
        made: Object
        if op in ("hold", "recall"):
            self._ledger.attachments.put(data)
        if op == "hold":
            made = acts.hold_place(uri, reason or "", members)
        elif op == "recall":
            made = acts.recall_order(
                uri, level, second(self._play.now.astimezone(UTC)), reason or "", members
            )
        elif op == "report":
            amounts = (text.split() for text in fates.values())
            rows = [
                orders.stated(orders.Fate(named, fate, *amount))
                for fate, amount in zip(fates, amounts, strict=True)
            ]
            made = acts.recall_report(uri, rows)
        elif op == "acknowledge":
            made = acts.recall_acknowledge(uri)
        elif op == "close":
            made = acts.recall_close(uri, reason=reason)
        else:
            made = acts.hold_release(uri, reason)
        return self._signed(actor, made, (), after)

    # A draw.

    def _commit_to(
        self, actor: str, load: "Load", *, counts: Mapping[str, int], since: str, **words: str
    ) -> "SignedLink":
        """Commit to a draw in an office's remit, by a value that exists `since` a later moment."""
        (key,) = load
        uri, office = draw_uri(self._cast, key), self._of_office(actor) or ""
        self._play.commit()
        with self._ledger.reading() as reader:
            remit = Access(reader, self._ledger.trust.genesis).remit(office)
            pool = draw_drafts.pool_of(reader, remit or Remit())
        people: dict[str, Sequence[str]] = {
            one.uri: () for one in self._cast.parties.values() if one.role == "inspector"
        }
        files = draw_drafts.files_of(pool, people, counts, _TEAM, {"title": words["title"]})
        nonce = base64.encode_url(self._cast.draw(f"nonce:{key}", 32))
        DrawsKept(self._ledger.home).keep(
            act_code(uri, HOST), KeptDraw(uri, nonce, files, words["value"])
        )
        exists, names = self._cast.moment(since).astimezone(UTC), files.digests
        stated = acts.draw_commit(
            uri, names["pool"], names["inspectors"], names["parameters"],
            draw.nonce_digest(nonce), words["beacon"], words["round"], second(exists),
        )  # fmt: skip
        return self._play.state(actor, stated)

    def _check(self, actor: str, load: "Load", *, note: str) -> "SignedLink":
        """Inspect the shops that were drawn, each by its team."""
        (key,) = load
        keys = {party.uri: name for name, party in self._cast.parties.items()}
        for pick in self._kept(key).ranking().drawn():
            persons = " ".join(keys[one] for one in pick.team)
            link = self._inspect(actor, {}, at=keys[pick.id], persons=persons, note=note)
        return link

    def _reveal(self, actor: str, load: "Load") -> "SignedLink":
        (key,) = load
        self._play.commit()
        with self._ledger.reading() as reader:
            act = draw_book.find(reader, HOST, draw_uri(self._cast, key))
            found = draw_book.read(reader, self._ledger, act)
        made = draw_drafts.reveal(found, self._kept(key), self._cast.parties[actor].uri)
        return self._play.sign(actor, made, {})

    def _kept(self, key: str) -> KeptDraw:
        code = act_code(draw_uri(self._cast, key), HOST)
        return DrawsKept(self._ledger.home).require(code)
