"""/inspect/audit: the whole ledger audited."""

from collections.abc import Mapping

from flask import Response, redirect
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.times import micros
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.audit_runs import AuditBook, AuditRun
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import namer
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
    "chains": _l("The order of everyone's records"),
    "log": _l("The log and its checkpoints"),
    "projections": _l("Data stored beside the records"),
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
    "file": _l("A file is not the one that its record names"),
    "seal": _l("Data stored beside the records was written by somebody else"),
    "projection": _l("Data stored beside the records disagrees with them"),
    "schema": _l("The database is not made as this program makes it"),
    "storage": _l("By the database's own check it holds something damaged"),
    "alarm": _l("An alarm that nobody has resolved"),
}


@routes.get(PATH, INSPECTOR)
def shown_page() -> Response:
    """The newest audit, and a button for another."""
    now, runs = micros(utc_now()), AuditBook(site().ledger.database.engine).newest(BEFORE)
    with site().ledger.reading() as reader:
        return page(
            "inspector/inspect_audit.html",
            run=runs[0] if runs else None,
            runs=runs,
            now=now,
            answer=_answer,
            parts=_PARTS,
            states=_STATES,
            severities=words.vocabulary()["severities"],
            most=MOST,
            meaning=_meaning,
            name=namer(reader),
        )


@routes.post(PATH, INSPECTOR, limit="auditing 12/minute")
def begun(user: SignedIn) -> Redirect:
    """Ask for an audit, without a script."""
    AuditBook(site().ledger.database.engine).ask(user.uri, micros(utc_now()))
    return redirect(keep_language(PATH), 303)


def _meaning(rule: str, *, is_notice: bool = False) -> str:
    """What it means that an audit found this rule broken, or reports it."""
    return str(_KINDS.get(rule) or (words.finding(rule) if is_notice else words.rule(rule)))


def _answer(run: AuditRun, now: int) -> tuple[str, str, str]:
    """Tone, heading and text: the whole in one glance."""
    result, state = run.result, run.state(now)
    if state == "waiting":
        again = run.tries > 0
        text = _("The worker that had it has ended. Another takes it up again.") if again else ""
        return "unknown", _("Waiting for a worker"), text
    if state == "running":
        text = _("Something was odd: all is looked at once more, more closely.")
        return "unknown", _("The audit is under way"), text if run.progress.get("is_closer") else ""
    if result is None:
        return "warn", _("It could not be decided"), _("Nothing was shown to be wrong, nor right.")
    of = ngettext(
        "%(num)d record under its checkpoints was read again.",
        "%(num)d records under their checkpoints were read again.",
        result["size"],
    )
    if result["good"]:
        return "good", _("Nothing is wrong"), of
    if not result["findings"]:
        return "warn", _("It could not be decided"), " ".join([of, *result.get("undecided", ())])
    if all(f["rule"] == "alarm" for f in result["findings"]):
        return "bad", str(_KINDS["alarm"]), of
    first = next((f["index"] for f in result["findings"] if f["index"] is not None), None)
    if first is None:
        return "bad", _("Tampering found"), of
    return "bad", _("Tampering found: record no. %(index)s", index=first), of
