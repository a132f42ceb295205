"""The answer of a page, first and in one glance, and what else must be said beside it."""

from collections.abc import Iterator, Sequence
from datetime import date

from suyuan.trace.history import History

from . import shown
from .facts import Facts
from .labels import Label, Standing
from .names import Names
from .notice import Notice
from .record import Record
from .targets import Target
from .texts import gettext as _
from .texts import ngettext


def notices(
    target: Target,
    history: History,
    records: Sequence[Record],
    names: Names,
    *,
    facts: Facts,
    label: Label | None,
    unfinished: Sequence[str],
    today: date,
    is_checkpoint_good: bool,
    stopped: Sequence[Notice] = (),
    copied: Sequence[Notice] = (),
    failed: Sequence[Notice] = (),
) -> list[Notice]:
    """What the page answers, the gravest first; never empty. A label that is right is no news.

    Broken goes before `stopped`, which are recalls and holds, these before tests that `failed`,
    and those before all else.
    """
    broken = list(_broken(target, history, is_checkpoint_good))
    doubts = [*_unfinished(unfinished, records, names), *_doubts(history, records)]
    beside = [*_label(label, history, names), *copied, *_expired(facts, today)]
    answer = _answer(history, records, names)
    broken.extend(_forged(names))  # the last, as now all is named that the page names
    if broken:
        return [*broken, *stopped, *failed, *doubts, *beside]
    if stopped:
        return [*stopped, *failed, *beside, *doubts]
    return [*failed, *beside, *(doubts or [answer])]


def _broken(target: Target, history: History, is_checkpoint_good: bool) -> Iterator[Notice]:
    broken = sum(not checked.is_good for checked in history.links.values())
    missing = len(history.gaps)
    if target.is_index_wrong:  # then nothing below is of this code
        text = _("The index of codes names an item that this code does not belong to.")
        yield Notice("bad", _("Broken: the code was redirected"), text)
    elif broken or missing:
        said = []
        if broken:
            said.append(
                ngettext(
                    "%(num)d record is not as it was signed.",
                    "%(num)d records are not as they were signed.",
                    broken,
                )
            )
        if missing:
            said.append(
                ngettext(
                    "%(num)d record is missing.",
                    "Records are missing in %(num)d places.",  # one may be missing in several
                    missing,
                )
            )
        said.append(_("Do not rely on this history. Where it is broken stands below."))
        heading = (
            _("Broken: this record was changed") if broken else _("Broken: a record is missing")
        )
        yield Notice("bad", heading, shown.sentences(said))
    elif not is_checkpoint_good:
        text = _("The newest checkpoint of the ledger is not signed by its log.")
        yield Notice("bad", _("Broken: the ledger's checkpoint does not verify"), text)


def _forged(names: Names) -> Iterator[Notice]:
    if names.forged:
        text = _(
            "The name or the details of %(what)s in the database are not the ones that were "
            "signed, so they are not shown. An audit finds it too.",
            what=shown.listed(sorted(shown.uri(uri) for uri in names.forged)),
        )
        yield Notice("bad", _("Broken: a name or its details were changed"), text)


def _label(label: Label | None, history: History, names: Names) -> Iterator[Notice]:
    if label is None:  # or the index of codes is wrong, and it is not known whose label it is
        return
    who = names.of(history.actor) if history.actor is not None else "—"
    match label.standing:
        case Standing.NOT_ISSUED:
            text = _(
                "%(who)s never issued a label with the serial %(serial)s. "
                "It may be a copy or a forgery.",
                who=who,
                serial=label.serial,
            )
            yield Notice("warn", _("This label was not issued"), text)
        case Standing.VOID:
            text = _("%(who)s has withdrawn this label. It should not be in use.", who=who)
            yield Notice("warn", _("This label was withdrawn"), text)
        case Standing.UNKNOWN:
            text = _("The list of serials that would tell is not here, or its record is broken.")
            yield Notice("warn", _("Whether this label was issued cannot be told"), text)


def _unfinished(
    unfinished: Sequence[str], records: Sequence[Record], names: Names
) -> Iterator[Notice]:
    for sha256 in unfinished:
        actors = {
            record.actor
            for record in records
            if record.link is not None
            and record.link.document is not None
            and record.link.document["sha256"] == sha256
        }
        text = _(
            "%(who)s began to record a document and has not finished. More may follow.",
            who=shown.listed(names.of(actor) for actor in sorted(actors)),
        )
        yield Notice("warn", _("Unfinished: not all is recorded yet"), text)


def _doubts(history: History, records: Sequence[Record]) -> Iterator[Notice]:
    if any(record.checked.is_lost_key for record in records):
        yield Notice(
            "warn",
            _("Signed with a key reported lost"),
            _("Who held it then is not known. The records are marked below."),
        )
    if any(record.is_unreadable for record in records):
        yield Notice(
            "warn",
            _("Part of it cannot be read here"),
            _("The chain is whole, but what a record says is kept in a file that is not here."),
        )
    if history.is_cut:
        yield Notice(
            "warn",
            _("Too long to be shown whole"),
            _("Only a part of this history was walked and checked."),
        )


def _expired(facts: Facts, today: date) -> Iterator[Notice]:
    if facts.best_before is not None and facts.is_expired(today):
        text = _(
            "It was best before %(day)s, by its maker's own statement.",
            day=shown.day(facts.best_before),
        )
        yield Notice("warn", _("Past its shelf life"), text)


def _answer(history: History, records: Sequence[Record], names: Names) -> Notice:
    number = len(records)
    told = [r for r in records if r.link is not None and r.link.statement is None]
    received = [r for r in told if r.link is not None and r.link.is_received]
    if received and len(received) == len(told):
        who = shown.listed(sorted({names.of(record.actor) for record in received}))
        text = _(
            "%(who)s reports this history from documents and signed it so. "
            "Those who took the steps did not sign them here.",
            who=who,
        )
        return Notice("warn", _("Verified, as reported by the importer"), text)
    text = ngettext(
        "%(num)d record without a gap, unchanged and signed.",
        "%(num)d records without a gap, each unchanged and signed.",
        number,
    )
    return Notice("good", _("Verified"), text)
