"""The page of one code: everything that its template shows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from suyuan.trace.admission.state import coded
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Message
from suyuan.trace.format.private.digests import Field, committed, with_fields
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import roles_of, steps_of
from suyuan.trace.goods.disclosures import erasures
from suyuan.trace.goods.history import History
from suyuan.trace.goods.verdicts import State, Verdict
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.status import Judgement, judge
from suyuan.trace.store.files.attachments import Attachments
from suyuan.trace.store.files.disclosure_keys import FILE
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.reread import Live
from suyuan.web.app.access import viewer
from suyuan.web.app.targets import Target
from suyuan.web.cache import making
from suyuan.web.cache.counting import Scannable
from suyuan.web.context import Site
from suyuan.web.text import shown
from suyuan.web.text.filters import item_path
from suyuan.web.text.languages import keep_language
from suyuan.web.text.names import Names
from suyuan.web.text.record import Record, records
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import own_step

from . import described, examined, labels, verdicts
from . import facts as item_facts
from .described import Description
from .examined import Examination
from .facts import Facts, Stop
from .labels import Label
from .steps import Step, StepViews
from .verdicts import Notice

MAIN_STEPS, OTHER_STEPS, ALL_STEPS = 8, 3, 12
_NEWEST = 3  # of a time line that is too long, those that stay whatever they are
_ROUTINE = steps_of("sells", "counts", "stores")  # and those that go first


@dataclass(frozen=True, slots=True)
class Section:
    """One item of the history: what it is, and its time line, newest first."""

    item: str
    name: str
    facts: Facts
    steps: list[Step]
    hidden: int
    href: str
    is_good: bool


@dataclass(slots=True)
class Page:
    """The values that the template shows of a target, and those that its answer follows from."""

    target: Target
    history: History
    records: list[Record]
    names: Names
    titles: dict[str, str]
    today: date
    is_signed: bool  # the newest checkpoint, by the log
    code: str
    is_whole: bool
    label: Label | None
    scannable: Scannable | None
    made: Judgement
    main: Section
    others: list[Section]
    broken: list[Step]
    examinations: list[Examination]
    remarks: list[Examination]
    stops: list[Stop]
    holder: str | None
    holder_division: str | None
    description: Description
    notices: list[Notice] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """The verdict on its history."""
        return self.made.verdict

    @property
    def best_before_passed(self) -> bool:
        """Whether its best-before date has passed."""
        return self.main.facts.is_expired(self.today)

    @property
    def unchanged(self) -> str | None:
        """The sentence that its records are as signed; None where that is not so."""
        is_so = State.BROKEN not in self.verdict.states and not self.history.is_cut
        return verdicts.unchanged(len(self.records)) if is_so else None

    @property
    def sources(self) -> list[tuple[str, str | None]]:
        """Who made what went into a mix, with their divisions, each once."""
        makers = ((part.maker, part.maker_division) for part in self.main.facts.mixed_from)
        return list(dict.fromkeys((name, where) for name, where in makers if name is not None))

    @property
    def days_left(self) -> int | None:
        """How many days it keeps from today; negative where it is past its date."""
        best = self.main.facts.best_before
        return None if best is None else (best - self.today).days

    @property
    def is_own_make(self) -> bool:
        """Whether its holder made it, by mixing say."""
        return self.target.actor is not None and self.target.actor == self.main.facts.maker_uri

    @property
    def tests(self) -> list[Examination]:
        """The tests among its examinations."""
        return [test for test in self.examinations if test.is_test]

    @property
    def is_untested(self) -> bool:
        """Whether there is no test of the item itself on record, by anybody."""
        return all(test.item != self.titles.get(self.target.item, "") for test in self.tests)

    @property
    def is_sourced(self) -> bool:
        """Whether the way begins with who made it or confirmed to have supplied it."""
        return State.UNSOURCED not in self.verdict.states and not self.verdict.purchases

    @property
    def is_stall(self) -> bool:
        """Whether its holder is a stall."""
        party = None if self.target.actor is None else self.names.party(self.target.actor)
        return party is not None and not set(party.roles).isdisjoint(roles_of("counter"))

    @property
    def hidden(self) -> int:
        """How many steps are left out for the page to stay small."""
        return self.main.hidden + sum(section.hidden for section in self.others)


def build(
    reader: Reader, site: Site, target: Target, newest: Live, *, is_whole: bool = False
) -> Page:
    """The page of a target, every link of its history verified now.

    `newest` is what the reader finds to be newest; nothing of the page depends on it but whether
    its checkpoint is signed.
    """
    ledger = site.ledger
    history = target.history(reader, site.genesis, size=newest.size)
    look = partial(making.watched, ledger.attachments.look)
    by_index = records(history, partial(_content, ledger.attachments))
    everything = list(by_index.values())
    names = Names(reader, site.genesis, history.verifier)
    about = {item: [by_index[c.index] for c in history.about(item)] for item in history.items}
    about.setdefault(target.item, [])
    facts = {item: item_facts.find(item, about[item], names) for item in about}
    facts[target.item] = item_facts.mixed(target.item, facts, about[target.item])
    titles = {item: title for item in facts if (title := facts[item].title) is not None}
    # To whom else those on the way to a label sell is nobody's business there.
    on_the_way = {record.actor for record in everything if record.link is not None}
    on_the_way |= set() if target.actor is None else {target.actor}
    views = StepViews(
        names=names,
        titles={item: titles.get(item) or shown.uri(item) for item in facts},
        begun={(beginning.item, beginning.actor): beginning for beginning in history.beginnings},
        findings=_findings(reader, by_index),
        hides_holders=target.actor is None,
        erased=_erased(reader, site, everything),
        look=look,
        public=_public(reader, site, everything),
        recipients=frozenset(on_the_way) if viewer.are_private() else None,
    )
    today = ledger.now().astimezone(zone()).date()
    made = judge(reader, site.genesis, history, today=china_day(ledger.now()))
    verifier = history.verifier or Verifier(reader, site.genesis)
    sources = examined.Sources(names, titles, look, verifier.is_examiner)
    opened = [_opened(record, views.public) for record in everything]
    tests = examined.find(history, made.results, opened, sources)
    main, *others = _sections(history, about, facts, views, is_whole=is_whole)
    label = None
    if target.serial is not None and not target.is_index_wrong:
        own, actor = about[target.item], history.actor
        label = labels.find(ledger.home, actor, target.serial, own, is_whole=history.is_good)
    # Where the index of codes is wrong, it is not known whose label it is.
    holder = None if target.is_index_wrong else target.actor
    page = Page(
        target=target,
        history=history,
        records=everything,
        names=names,
        titles=titles,
        today=today,
        is_signed=newest.is_signed(ledger.trust.log),
        code=codes.shown(target.code or codes.of_uri(target.item, site.host)),
        is_whole=is_whole,
        label=label,
        scannable=labels.scannable(target.code, label, facts[target.item], about[target.item]),
        made=made,
        main=main,
        others=others,
        broken=[views.step(r, sorted(history.of[r.index])[0]) for r in everything if not r.is_good],
        examinations=tests[: examined.MOST],
        remarks=examined.remarks(reader, site.genesis, history, sources),
        stops=item_facts.stops((r for r in everything if r.index in made.path.links), names),
        holder=None if holder is None else names.brief(holder),
        holder_division=None if holder is None else names.division(holder),
        description=described.find(target.item, facts[target.item], names, look, today),
    )
    page.made = made.with_more(verdicts.causes(page))
    page.notices = verdicts.notices(page)
    return page


def _content(attachments: Attachments, name: str) -> bytes | None:
    """The content with this SHA-256; None where it is not here or is not that content."""
    making.watched(attachments.look, name)
    return attachments.get(name)


def _findings(reader: Reader, indexes: Collection[int]) -> dict[int, list[tuple[str, Message]]]:
    """The findings about records, by index: rule and reason."""
    findings: dict[int, list[tuple[str, Message]]] = {}
    for rule, leaf, _subject, message in reader.findings(sorted(indexes)):
        findings.setdefault(leaf, []).append((rule, message))
    return findings


def _public(reader: Reader, site: Site, everything: Iterable[Record]) -> Mapping[str, list[Field]]:
    """The hidden fields that everyone may read, by the hash of their links."""
    fields_of: dict[str, list[Field]] = {}
    for record in everything:
        if record.link is None or not committed(record.link):
            continue
        rows = site.ledger.disclosures.of_link(reader, record.link)
        public = [row for row in rows if row.audience.kind == "public"]
        if public:
            making.watched(making.stamp, site.ledger.home / FILE)  # as its keys come or go
        fields = [row.field for row in public if row.field is not None]
        if fields:
            fields_of[record.checked.hash] = fields
    return fields_of


def _opened(record: Record, public: Mapping[str, Sequence[Field]]) -> Record:
    """A record with those hidden fields in their places that everyone may read."""
    fields = public.get(record.checked.hash, ())
    if record.event is None or not fields:
        return record
    return replace(record, event=with_fields(record.event, fields)[0])


def _sections(
    history: History,
    about: dict[str, list[Record]],
    facts: dict[str, Facts],
    views: StepViews,
    *,
    is_whole: bool,
) -> list[Section]:
    """The item first, then what it came from, the newest first; each record stands once."""
    others = [item for item in about if item != history.item]
    others.sort(key=lambda item: -max((r.index for r in about[item]), default=0))
    listed: set[int] = set()
    left = ALL_STEPS
    order = {checked.index: at for at, checked in enumerate(history.newest_first())}
    sections = []
    for item in (history.item, *others):
        own = [record for record in about[item] if record.index not in listed]
        listed.update(record.index for record in own)
        own.sort(key=lambda record: order[record.index])
        longest = len(own)
        if not is_whole:
            longest = min(left, MAIN_STEPS if item == history.item else OTHER_STEPS)
        steps = [views.step(record, item) for record in _chosen(item, own, longest)]
        left -= len(steps)
        last = about[item][-1] if about[item] else None
        actor = last.actor if last is not None and last.link is not None else None
        sections.append(
            Section(
                item=item,
                name=facts[item].title
                or (_("Logistic unit") if facts[item].unit else shown.uri(item)),
                facts=facts[item],
                steps=steps,
                hidden=len(own) - len(steps),
                href=keep_language(item_path(item, actor)),
                is_good=all(record.is_good for record in own),
            )
        )
    return sections


def _chosen(item: str, records: list[Record], longest: int) -> list[Record]:
    """At most so many, in their order: first what is broken, how it began, and the newest."""

    def rank(at: int) -> tuple[int, int]:
        record = records[at]
        if not record.is_good:
            return 0, at
        if at < _NEWEST or (record.link is not None and item in set(coded(record.link))):
            return 1, at
        is_routine = record.event is not None and own_step(record.event) in _ROUTINE
        return (3 if is_routine else 2), at

    return [records[at] for at in sorted(sorted(range(len(records)), key=rank)[:longest])]


def _erased(reader: Reader, site: Site, everything: Sequence[Record]) -> dict[str, datetime | None]:
    """When hidden fields of records were last erased, by the hash of their links."""
    hiding = [r.checked.hash for r in everything if r.link is not None and committed(r.link)]
    rows = erasures(reader, site.genesis, hiding) if hiding else {}
    return {name: statements[-1].recorded for name, statements in rows.items()}
