"""Tests and certificates of a page's item: who found what, and where it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from suyuan.trace.admission.state import Genesis
from suyuan.trace.findings.basis import checks
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import INSPECTED
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.goods.history import History
from suyuan.trace.goods.verdicts import Result, is_failure
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.inspection.counter import CHECKS, FOUND, KIND, OUTCOMES, RESULT, kind_of
from suyuan.trace.lineage.joins import EXAMINING
from suyuan.trace.store.read.examining import following
from suyuan.trace.store.read.reader import Reader
from suyuan.web.text import names, shown, words
from suyuan.web.text.files_shown import File, Look, files, is_certified
from suyuan.web.text.names import Names
from suyuan.web.text.record import Record
from suyuan.web.text.texts import Words, translated
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

MOST = 12
_REMARKS = 5
_TESTS = steps_of("tests")
_WHOSE: Mapping[str, Words] = {
    "path": _l("own test, no laboratory's"),
    "market": _l("the market's own test"),
    "other": _l("unconfirmed"),
}


@dataclass(frozen=True, slots=True)
class Examination:
    """A test's result or a certificate: of what, by whom, when, in the record with this index.

    `by` is who found it, as a result's `weight` has it: an examiner, one on the way, its market.
    `is_objection` an inspection that found something; `is_failed` where it counts as a failure;
    `overturned` is the record of a later test, or of a correction, by which it does not any more.
    `is_beside` where the record is not in this history.
    """

    index: int
    what: str
    item: str
    who: str
    brief: str
    when: str
    day: str | None
    by: str
    result: str | None
    tested: str | None
    certificate: str | None
    is_objection: bool
    is_failed: bool
    overturned: int | None
    is_beside: bool
    files: list[File]

    @property
    def tone(self) -> str:
        """Good for what an examiner passed alone; bad, warn, or plain for a firm's own word."""
        if self.is_failed:
            return "bad"
        if self.is_objection or self.overturned is not None:
            return "warn"
        return "good" if self.by == "examiner" and self.result is not None else "plain"

    @property
    def whose(self) -> Words | None:
        """In words that it is no examiner's, of a test; a firm's own is called so."""
        return _WHOSE.get(self.by) if self.is_test else None

    @property
    def is_test(self) -> bool:
        """Whether it has the result of a test; else it is a certificate's number or its paper."""
        return self.result is not None


@dataclass(frozen=True, slots=True)
class Sources:
    """Names of parties and items, which files are here, and who examines for others."""

    names: Names
    titles: Mapping[str, str]
    look: Look
    is_examiner: Callable[[str], bool]


def find(
    history: History, results: Sequence[Result], records: Iterable[Record], sources: Sources
) -> list[Examination]:
    """The tests of a history's items, of records that stand and are good.

    What failed comes first, then tests by examiners, those of the item before those of what it
    came from, then what those on the way tested themselves, certificates; of these the newest.
    """
    counting = {exam.index: exam for exam in results}
    tests = list(_here(history, records, counting, sources))
    there = {test.index for test in tests}
    for exam in results:
        if exam.weight != "other" and exam.index not in there:
            is_beside = exam.index not in history.links
            tests.append(_examination(exam.index, exam.link, sources, exam, is_beside=is_beside))
    own = sources.titles.get(history.item, "")

    def rank(test: Examination) -> tuple[bool, bool, bool, bool, int]:
        is_others = test.by != "examiner"
        return not test.is_failed, not test.is_test, is_others, test.item != own, -test.index

    return sorted(tests, key=rank)


def remarks(
    reader: Reader, genesis: Genesis, history: History, sources: Sources
) -> list[Examination]:
    """The newest few tests by parties that are no examiners here, as those parties state them."""
    verifier = history.verifier or Verifier(reader, genesis)
    known = {index: checked.hash for index, checked in history.links.items()}
    tests: list[Examination] = []
    for leaf in following(reader, known, EXAMINING, most=_REMARKS):
        stored = None if leaf in known or leaf in history.aside else reader.link(leaf)
        checked = None if stored is None else verifier.check(stored, asks_witnessed=False)
        link = None if checked is None or not checked.is_good else checked.link
        if link is None or link.event is None or verifier.is_examiner(link.actor):
            continue
        if any(ref.ledger is None and known.get(ref.index) == ref.hash for ref in link.after):
            tests.append(_examination(leaf, link, sources, None, is_beside=True))
    return tests


def _here(
    history: History, records: Iterable[Record], counting: Mapping[int, Result], sources: Sources
) -> Iterator[Examination]:
    for record in records:
        link, event = record.link, record.event
        if link is None or event is None or record.is_declaration or not record.is_good:
            continue
        result = counting.get(record.index)
        if record.is_withdrawn and (result is None or not result.is_failed):
            continue
        is_test = words.own_step(event) in _TESTS
        has_number = isinstance(event.get("suyuan:certificate"), str)
        if is_test or has_number or is_certified(event):
            yield _examination(record.index, link, sources, result, event=event)


def _examination(
    index: int,
    link: Link,
    sources: Sources,
    result: Result | None,
    *,
    event: Object | None = None,
    is_beside: bool = False,
) -> Examination:
    event = event or link.event or {}
    certificate = event.get("suyuan:certificate")
    item = next((ref.item for ref in link.items if ref.item in sources.titles), "")
    overturned = None if result is None else result.overturned
    weight = "examiner" if sources.is_examiner(link.actor) else "path"
    is_counted = result is not None and result.is_failed and result.weight != "other"
    stated = event.get(RESULT)
    if result is None and weight == "examiner" and isinstance(stated, str):
        is_counted = is_failure(stated)  # an office shows what was hidden: no verdict, but not good
    tested, at = event.get("suyuan:tested"), parse(event.get("eventTime"))
    return Examination(
        index=index,
        what=str(words.step_words(link, event)),
        item=sources.titles.get(item, ""),
        who=sources.names.of(link.actor),
        brief=sources.names.brief(link.actor),
        when=shown.event_time(event)[0],
        day=None if at is None else shown.local_day(at),
        by=weight if result is None else result.weight,
        result=result_words(event),
        tested=names.tested(tested) if isinstance(tested, str) else None,
        certificate=shown.cut(certificate) if isinstance(certificate, str) else None,
        is_objection=is_inspection(event) and event.get(RESULT) != "pass",
        is_failed=is_counted and overturned is None,
        overturned=overturned,
        is_beside=is_beside,
        files=files(event, sources.look),
    )


def result_words(event: Object) -> str | None:
    """A test's or an inspection's result as a page shows it; None without one."""
    text = event.get(RESULT)
    if not isinstance(text, str):
        return None
    return result(event) if is_inspection(event) else words.test_result(shown.cut(text))


def is_inspection(event: Object | None) -> bool:
    """Whether an event is an inspection at a counter."""
    return event is not None and isinstance(event.get(INSPECTED), str)


def result(event: Object) -> str:
    """What an inspection found, in the page's language; texts of others as they stand."""
    stated = event.get(RESULT)
    parts = [str(words.RESULTS.get(stated, shown.cut(stated)))] if isinstance(stated, str) else []
    parts.append(shown.listed(str(words.OUTCOME_WORDS[outcome]) for outcome in outcomes(event)))
    parts.append(_("; ").join(failed_checks(event)))
    if KIND in event:
        parts.append(translated(fields()["inspection"].choices[kind_of(event)]))
    measured = event.get(FOUND)
    if isinstance(measured, dict) and isinstance(measured.get("value"), str):
        unit = measured.get("unit")
        amount = shown.measure(measured["value"], unit if isinstance(unit, str) else None)
        parts.append(_("%(amount)s found", amount=amount))
    return " · ".join(part for part in parts if part)


def failed_checks(event: Object) -> list[str]:
    """The items of the checklist that failed, in words."""
    listed = event.get(CHECKS)
    answers = listed if isinstance(listed, list) else []
    fails = [a for a in answers if isinstance(a, dict) and a.get("result") == "fail"]
    failed = {str(answer.get("check")) for answer in fails}
    return [translated(check.text) for check in checks() if check.name in failed]


def outcomes(event: Object) -> list[str]:
    """The objections of an inspection that there are words for, each once."""
    listed = event.get(OUTCOMES)
    named = [word for word in listed if isinstance(word, str)] if isinstance(listed, list) else []
    return [name for name in words.OUTCOME_WORDS if name in named]
