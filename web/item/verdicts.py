"""The answer of a page, first and in one glance, and what else must be said beside it.

The states and their order are `suyuan.trace.goods.verdicts`'; here they become words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.goods.verdicts import ACTS, Cause, State, Tone
from suyuan.trace.recall.status import ActStatus, Relation
from suyuan.web.text import shown
from suyuan.web.text.names import Names
from suyuan.web.text.texts import Words, ngettext
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from . import examined
from .labels import Standing

if TYPE_CHECKING:
    from .page import Page

_MOST_ACTS = 4
_MOST_TESTS = 3
_MOST = 2  # of one state, before the rest are counted
# The states of a verdict, in few words.
STATES: Mapping[State, Words] = {
    State.BROKEN: _l("Broken"),
    State.RECALLED: _l("Recalled"),
    State.CONTAINS_RECALLED: _l("Contains what is recalled"),
    State.ON_HOLD: _l("On hold"),
    State.TEST_FAILED: _l("A test of it failed"),
    State.UNSOURCED: _l("It begins here: no confirmed supplier"),
    State.CONTRADICTED: _l("The records contradict each other"),
    State.LABEL: _l("This label is not in use"),
    State.EXPIRED: _l("Past its shelf life"),
    State.UNDECIDED: _l("Could not be decided"),
    State.VERIFIED: _l("Verified"),
}
_CONTRADICTIONS: Mapping[str, Words] = {
    "overdrawn": _l("More of %(what)s went out of the stock of %(who)s than ever came in."),
    "more_than_sent": _l("%(who)s recorded the receipt of more %(what)s than was sent to them."),
    "self": _l("By the record of %(who)s, %(what)s was made of itself."),
    "past_date": _l("%(who)s used, sent or sold %(what)s after the last day of its shelf life."),
    "withdrawal": _l(
        "%(who)s harvested or sent %(what)s before the days after a treatment had passed."
    ),
    "two_places": _l("By the record of %(who)s, %(what)s was in two places at once."),
    "not_sold": _l(
        "%(who)s recorded buying %(what)s from a supplier whose own records do not show it."
    ),
    "lost_key": _l(
        "A record of %(who)s is signed with a key that was reported lost: who held it is not known."
    ),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be said: `good`, `warn` or `bad`, a heading, a sentence, its details."""

    tone: str
    heading: str
    text: str
    detail: str | None = None


def causes(page: "Page") -> Iterator[Cause]:
    """What a page adds to the verdict on its history: its code, its label, what it cannot read.

    And a best-before date in GS1's own words.
    """
    target, label = page.target, page.label
    if page.best_before_passed:
        yield Cause(State.EXPIRED, "past_date", target.item)
    if target.is_index_wrong:
        yield Cause(State.BROKEN, "code", target.item, tone=Tone.BAD)
    if not page.is_signed:
        yield Cause(State.BROKEN, "checkpoint", tone=Tone.BAD)
    for record in page.records:
        if record.is_unreadable:
            yield Cause(State.UNDECIDED, "unread", index=record.index)
    if label is not None and label.standing in (Standing.VOID, Standing.NOT_ISSUED):
        yield Cause(State.LABEL, label.standing.name.lower(), target.item, target.actor)
    elif label is not None and label.standing is Standing.UNKNOWN:
        yield Cause(State.UNDECIDED, "label", target.item, target.actor)


def notices(page: "Page") -> list[Notice]:
    """The notices of a page, in the order of its verdict's states; never empty."""
    listed: list[Notice] = []
    for state in page.verdict.states:
        listed.extend(_OF_STATE[state](page.verdict.of(state), page))
    forged = list(_forged(page.names))  # the last, as now all is named that the page names
    if forged and State.BROKEN not in page.verdict.states:
        return [*forged, *(notice for notice in listed if notice.tone != Tone.GOOD)]
    place = sum(notice.tone == Tone.BAD for notice in listed[:1]) if forged else 0
    return [*listed[:place], *forged, *listed[place:]]


def _say_acts(causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    """Recalls and holds are said together, the gravest first, by whichever state is first."""
    if causes[0].state is not next(c.state for c in page.verdict.causes if c.state in ACTS):
        return
    for status in page.made.statuses[:_MOST_ACTS]:
        yield _act_notice(status, page)
    if len(page.made.statuses) > _MOST_ACTS:
        text = _("All of them stand in the records as JSON, below.")
        yield Notice("warn", _("More recalls and holds are about this item"), text)


def _act_notice(status: ActStatus, page: "Page") -> Notice:
    title, detail = _title(page, status.covered), _detail(status, page.names)
    if status.relation is Relation.CONTAINS:
        text = _(
            "There is %(what)s in it, which is recalled. Whether this is recalled too has not "
            "been decided yet. Do not eat it until then.",
            what=title,
        )
        return Notice("warn", _("Contains something recalled"), text, detail)
    if not status.is_recall:
        text = _("It must not be sold or sent until that ends. Do not eat it until then.")
        return Notice("warn", _("Sale stopped"), text, detail)
    texts = [_("Do not sell it. Keep it apart, and bring back what was bought to where it was.")]
    if status.relation is Relation.INSIDE:
        texts.insert(0, _("It was packed in %(what)s, which is recalled.", what=title))
    return Notice("bad", _("Recalled: do not eat it"), shown.sentences(texts), detail)


def _detail(status: ActStatus, names: Names) -> str:
    """The act: its level, who ordered it, since when, why, and whether it was closed."""
    name = names.of(status.act.actor)
    level = LEVELS.get(status.act.level or 0)
    title = str(level) if status.is_recall and level is not None else _("On hold")
    if status.since is None:
        text = _("%(what)s, by %(who)s.", what=title, who=name)
    else:
        when = shown.moment(status.since)
        text = _("%(what)s, by %(who)s, since %(when)s.", what=title, who=name, when=when)
    texts = [text]
    if status.reason is not None:
        texts.append(_("Reason: %(why)s", why=_with_stop(shown.cut(status.reason))))
    if status.is_closed and status.ended is not None:
        closed = _(
            "The recall was closed on %(day)s; what of it is still found is recalled all the same.",
            day=shown.moment(status.ended),
        )
        texts.append(closed)
    elif status.is_closed:
        texts += [_("The recall was closed; what of it is still found is recalled all the same.")]
    return shown.sentences(texts)


def _with_stop(text: str) -> str:
    """A text of somebody's own, ended as a sentence is."""
    is_ended = text.endswith((".", "。", "!", "！", "?", "？", "…"))
    return text if is_ended else text + shown.stop().strip()


def _say_tests(_causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    """What failed and stands: by an examiner red, else amber."""
    failed = [
        result
        for result in page.made.results
        if result.is_failed and result.overturned is None and result.weight != "other"
    ]
    failed.sort(key=lambda result: (result.weight != "examiner", -result.index))
    for result in failed[:_MOST_TESTS]:
        text = _(
            "%(who)s on %(when)s: %(result)s.",
            who=page.names.of(result.link.actor),
            when=shown.event_time(result.link.event or {})[0],
            result=examined.result_words(result.link.event or {}),
        )
        where = _("It stands in record no. %(index)s.", index=result.index)
        if result.weight == "examiner":
            yield Notice("bad", _("A test of it failed"), text, where)
        else:
            yield Notice("warn", _("Reported as unfit by those who had it"), text, where)


def _say_unsourced(causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    events = [r for r in page.records if r.link is not None and r.link.statement is None]
    received = {r.actor for r in events if r.link is not None and r.link.is_received}
    if events and all(r.link is not None and r.link.is_received for r in events):
        text = _(
            "%(who)s reports this history from documents and signed it so. "
            "Those who took the steps did not sign them here.",
            who=shown.listed(sorted({page.names.of(actor) for actor in received})),
        )
        yield Notice("warn", _("Reported by the importer, not confirmed"), text)
        return
    actors = list(dict.fromkeys(cause.actor for cause in causes if cause.actor is not None))
    named = shown.listed(page.names.of(actor) for actor in actors[:_MOST])
    items = list(dict.fromkeys(cause.item for cause in causes if cause.item is not None))
    titles = shown.listed(_title(page, item) for item in items[:_MOST])
    text = _(
        "%(who)s recorded having it, but nobody in this ledger has confirmed supplying "
        "%(what)s to them. Where it came from is not shown.",
        who=named or page.names.of(page.target.actor or ""),
        what=titles,
    )
    yield Notice("warn", _("It begins here: no confirmed supplier"), text)


def _title(page: "Page", item: str | None) -> str:
    return "" if item is None else page.titles.get(item) or shown.uri(item)


def _say_contradicted(causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    sentences = dict.fromkeys(
        str(_CONTRADICTIONS[cause.code])
        % {"what": _title(page, cause.item), "who": page.names.of(cause.actor or "")}
        for cause in causes
    )
    texts = list(sentences)
    if len(texts) > _MOST:
        more = len(texts) - _MOST
        texts = [*texts[:_MOST], ngettext("and %(num)d more", "and %(num)d more", more)]
    yield Notice("warn", _("The records contradict each other"), shown.sentences(texts))


def _say_expired(_causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    best = page.main.facts.best_before
    text = (
        _("It was best before %(day)s, by its maker's own statement.", day=shown.day(best))
        if best is not None
        else _("The last day of its shelf life has passed, by its maker's own statement.")
    )
    yield Notice("warn", _("Past its shelf life"), text)


def _say_undecided(causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    codes = {cause.code for cause in causes}
    for cause in causes:
        if cause.code == "unfinished" and cause.actor is not None:
            text = _(
                "%(who)s began to record a document and has not finished. More may follow.",
                who=page.names.of(cause.actor),
            )
            yield Notice("warn", _("Unfinished: not all is recorded yet"), text)
    if "unread" in codes:
        yield Notice(
            "warn",
            _("Part of it cannot be read here"),
            _("No record is missing, but the content of one is in a file that is not here."),
        )
    if "label" in codes:
        yield from _say_label((), page)
    if "cut" in codes:
        yield Notice(
            "warn",
            _("Too long to be shown whole"),
            _("Only a part of this history was walked and checked."),
        )


def _say_broken(_causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    broken = sum(not checked.is_good for checked in page.history.links.values())
    missing = len(page.history.gaps)
    if page.target.is_index_wrong:  # then nothing below is of this code
        text = _("The index of codes names an item that this code does not belong to.")
        yield Notice("bad", _("Broken: the code was redirected"), text)
    elif broken or missing:
        texts = []
        if broken:
            texts.append(
                ngettext(
                    "%(num)d record is not as it was signed.",
                    "%(num)d records are not as they were signed.",
                    broken,
                )
            )
        if missing:
            texts.append(
                ngettext(
                    "%(num)d record is missing.",
                    "Records are missing in %(num)d places.",  # one may be missing in several
                    missing,
                )
            )
        texts.append(_("Do not rely on this history. The broken record is shown below."))
        heading = (
            _("Broken: this record was changed") if broken else _("Broken: a record is missing")
        )
        yield Notice("bad", heading, shown.sentences(texts))
    elif not page.is_signed:
        text = _("The newest checkpoint is not signed by the ledger.")
        yield Notice("bad", _("Broken: the ledger's checkpoint does not verify"), text)


def _forged(names: Names) -> Iterator[Notice]:
    if names.forged:
        text = _(
            "The name or the details of %(what)s in the database are not the ones that were "
            "signed, so they are not shown. An audit finds it too.",
            what=shown.listed(sorted(shown.uri(uri) for uri in names.forged)),
        )
        yield Notice("bad", _("Broken: a name or its details were changed"), text)


def _say_label(_causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    label, holder = page.label, page.history.actor
    if label is None:  # or the index of codes is wrong, and it is not known whose label it is
        return
    name = page.names.of(holder) if holder is not None else "—"
    match label.standing:
        case Standing.NOT_ISSUED:
            text = _(
                "%(who)s never issued a label with the serial %(serial)s. "
                "It may be a copy or a forgery.",
                who=name,
                serial=label.serial,
            )
            yield Notice("warn", _("This label was not issued"), text)
        case Standing.VOID:
            text = _("%(who)s has withdrawn this label. It should not be in use.", who=name)
            yield Notice("warn", _("This label was withdrawn"), text)
        case Standing.UNKNOWN:
            text = _("The list of issued serials is not here, or its record is broken.")
            yield Notice("warn", _("It is not known whether this label was issued"), text)


def unchanged(number: int) -> str:
    """That so many records are as they were signed: true also of what stands under a state."""
    return ngettext(
        "%(num)d record without a gap, unchanged and signed.",
        "%(num)d records without a gap, each unchanged and signed.",
        number,
    )


def _say_verified(_causes: Sequence[Cause], page: "Page") -> Iterator[Notice]:
    texts, purchases, hands = [], list(_purchases(page)), len(page.stops)
    if hands and not purchases:
        texts.append(
            ngettext(
                "%(num)d station from the source to here.",
                "%(num)d stations from the source to here.",
                hands,
            )
        )
    if not page.is_untested and page.tests[0].tone == "good":
        texts.append(_("A laboratory's test passed."))
    heading = _("Verified; bought outside the ledger") if purchases else _("Verified")
    yield Notice("good", heading, shown.sentences([*purchases, *texts]))


def _purchases(page: "Page") -> Iterator[str]:
    """Where the way begins with a purchase: in neutral words, by the buyer's own record."""
    links = {record.index: record.link for record in page.records}
    for purchase in page.verdict.purchases[:_MOST]:
        link = None if purchase.index is None else links.get(purchase.index)
        supplier = ((link.event if link is not None else None) or {}).get(SUPPLIER)
        name = supplier.get("name") if isinstance(supplier, dict) else None
        title, buyer = _title(page, purchase.item), page.names.of(purchase.actor or "")
        if isinstance(name, str) and name:
            yield _(
                "%(who)s bought %(what)s outside the ledger of %(supplier)s.",
                who=buyer,
                what=title,
                supplier=shown.cut(name, 60),
            )
        else:
            yield _("%(who)s bought %(what)s outside the ledger.", who=buyer, what=title)


_OF_STATE = {
    State.BROKEN: _say_broken,
    **dict.fromkeys(ACTS, _say_acts),
    State.TEST_FAILED: _say_tests,
    State.UNSOURCED: _say_unsourced,
    State.CONTRADICTED: _say_contradicted,
    State.LABEL: _say_label,
    State.EXPIRED: _say_expired,
    State.UNDECIDED: _say_undecided,
    State.VERIFIED: _say_verified,
}
