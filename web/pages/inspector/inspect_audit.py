"""/inspect/audit: an inspector has the whole ledger audited, and watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.times import from_micros
from suyuan.trace.store.beside.audit_runs import AuditRun
from suyuan.trace.watch.auditing.audit_progress import PARTS
from suyuan.web.api.inspector import audits
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import Words, ngettext
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from ..office.signin import page

routes = Routes("inspect_audit")
PATH = "/inspect/audit"
BEFORE = 12  # earlier audits that are listed
MOST = 50  # findings on the page

_PARTS: Mapping[str, Words] = {
    "links": _l("Every record's bytes"),
    "signatures": _l("Every signature"),
    "chains": _l("Every chain"),
    "log": _l("The log and its checkpoints"),
    "projections": _l("What is kept beside the records"),
    "findings": _l("Files and findings"),
}
_STATES: Mapping[str, Words] = {
    "waiting": _l("to come"),
    "running": _l("under way"),
    "done": _l("done"),
}
_KINDS: Mapping[str, Words] = {
    "missing": _l("A record that was there is gone"),
    "log": _l("The records are not those that a checkpoint signs"),
    "checkpoint": _l("A checkpoint is not the log's, or stands out of order"),
    "file": _l("A file is not what a record committed to"),
    "seal": _l("What is kept beside the records was written by somebody else"),
    "projection": _l("What stands beside the records says something else than they do"),
    "schema": _l("The database is not made as this program makes it"),
    "storage": _l("By the database's own check it holds something damaged"),
    "alarm": _l("An alarm that nobody has resolved"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the work, and how far it is."""

    name: str
    words: str
    state: str
    state_words: str
    count: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that an audit found: where, what it means, and the audit's own words for it."""

    where: str
    what: str
    why: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The audit that the page is about."""

    id: int
    state: str
    tone: str
    heading: str
    text: str
    parts: list[Part]
    wrong: list[Wrong]
    more: int
    notices: list[Wrong]
    more_notices: int
    reported: list[tuple[str, str, int]]
    seconds: int | None
    found: int
    error: str | None
    is_over: bool


@routes.get(PATH, INSPECTOR)
def shown_page() -> Response:
    """The newest audit, and a button for another."""
    runs = audits.newest(BEFORE)
    names = _names({run.asked_by for run in runs})
    return page(
        "inspect_audit.html",
        audit=_shown(audits.audit_report(runs[0])) if runs else None,
        before=[_line(run, names) for run in runs],
    )


@routes.post(PATH, INSPECTOR, limit=audits.OFTEN)
def begun() -> Redirect:
    """Ask for an audit, without a script."""
    audits.begin()
    return redirect(keep_language(PATH), 303)


def _shown(told: Mapping[str, Any]) -> Shown:
    found, state = told["result"] or {}, str(told["state"])
    tone, heading, text = _answer(told, state)
    wrong, notices = found.get("findings", ()), found.get("notices", ())
    return Shown(
        id=told["id"],
        state=state,
        tone=tone,
        heading=heading,
        text=text,
        parts=_parts(told["parts"]),
        wrong=[_wrong(one) for one in wrong[:MOST]],
        more=found.get("findings_total", 0) - len(wrong[:MOST]),
        notices=[_wrong(one, is_notice=True) for one in notices[:MOST]],
        more_notices=found.get("notices_total", 0) - len(notices[:MOST]),
        reported=_reported(found.get("reported")),
        seconds=told["seconds"],
        found=told["found"],
        error=told["error"],
        is_over=state in ("done", "failed"),
    )


def _answer(told: Mapping[str, Any], state: str) -> tuple[str, str, str]:
    """Tone, heading and text: the whole in one glance."""
    found = told["result"]
    if state == "waiting":
        again = told["tries"] > 0
        text = _("The worker that had it has ended. Another takes it up again.") if again else ""
        return "unknown", _("Waiting for a worker"), text
    if state == "running":
        text = _("Something was odd: all is looked at once more, more closely.")
        return "unknown", _("The audit is under way"), text if told["is_closer"] else ""
    if found is None:
        return "warn", _("It could not be decided"), _("Nothing was shown to be wrong, nor right.")
    of = ngettext(
        "%(num)d record under its checkpoints was read again.",
        "%(num)d records under their checkpoints were read again.",
        found["size"],
    )
    if found["good"]:
        return "good", _("Nothing is wrong"), of
    if not found["findings"]:
        return "warn", _("It could not be decided"), " ".join([of, *found.get("undecided", ())])
    if all(one["rule"] == "alarm" for one in found["findings"]):
        return "bad", str(_KINDS["alarm"]), of
    first = next((one["index"] for one in found["findings"] if one["index"] is not None), None)
    if first is None:
        return "bad", _("Tampering found"), of
    return "bad", _("Tampering found: record no. %(index)s", index=first), of


def _parts(told: Sequence[Mapping[str, Any]]) -> list[Part]:
    by_name = {part["name"]: part for part in told}
    return [_part(name, by_name.get(name, {})) for name in PARTS]


def _part(name: str, told: Mapping[str, Any]) -> Part:
    state, total = str(told.get("state", "waiting")), told.get("total")
    count = "" if total is None else f"{told.get('done', 0):,} / {total:,}"
    return Part(name, str(_PARTS[name]), state, str(_STATES.get(state, state)), count)


def _wrong(found: Mapping[str, Any], *, is_notice: bool = False) -> Wrong:
    index, item, rule = found["index"], found["item"], str(found["rule"])
    where = [] if index is None else [_("Record no. %(index)s", index=index)]
    if item is not None:
        where.append(shown.uri(item))
    what = _KINDS.get(rule) or (words.finding(rule) if is_notice else words.rule(rule))
    href = None
    if item is not None and found["actor"] is not None:
        href = keep_language("/inspect/chain", item=item, actor=found["actor"])
        href += "" if index is None else f"#l{index}"
    return Wrong(" · ".join(where) or _("The ledger"), str(what), str(found["reason"]), href)


def _reported(counts: Mapping[str, int] | None) -> list[tuple[str, str, int]]:
    """Of each severity: its name, what it is called, how many."""
    named = {"grave": _("grave"), "serious": _("serious"), "minor": _("minor")}
    return [(name, said, counts[name]) for name, said in named.items()] if counts else []


def _line(run: AuditRun, names: Mapping[str, str]) -> tuple[str, str, str]:
    """An audit in the list: when it was asked for, what came of it, by whom it was asked for."""
    told = audits.audit_report(run)
    said = _answer(told, told["state"])[1]
    return shown.moment(from_micros(run.made)), said, names[run.asked_by]


def _names(uris: set[str]) -> dict[str, str]:
    with site().ledger.reading() as reader:
        return {uri: reader.name(uri) or shown.uri(uri) for uri in uris}
