"""Reporting a problem with a food or its label: a form without scripts, and a receipt number."""

from dataclasses import dataclass, field
from typing import Any

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.inspection.complaints import (
    KINDS,
    MAX_CONTACT,
    MAX_NAME,
    MAX_TEXT,
    Complaint,
    Complaints,
    Said,
)
from suyuan.trace.inspection.reported.receipt_status import status
from suyuan.trace.recording.pictures import PictureError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets, uploads
from suyuan.web.app.limits import REPORTING
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.targets import NotOurs, Target
from suyuan.web.context import site
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import Words, translated
from suyuan.web.text.texts import gettext as _

routes = Routes("complaining")
KIND_WORDS = {kind: Words(text.msgid) for kind, text in complaints.KIND_WORDS.items()}


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it, by field."""

    code: str = ""
    serial: str = ""
    kind: str = ""
    text: str = ""
    name: str = ""
    contact: str = ""
    wrong: dict[str, str] = field(default_factory=dict, init=False)


@routes.get("/report", ANYBODY)
def ask() -> Response:
    """The form, about the code in the query if there is one."""
    return _form(Form(request.args.get("code", "")[:60], request.args.get("serial", "")[:40]))


@routes.post("/report", ANYBODY, limit=REPORTING)
def take() -> Response | Redirect:
    """Keep a report; on to its receipt, or back to the form with what was typed."""
    names = ("code", "serial", "kind", "text", "name", "contact")
    form = Form(*(request.form.get(name, "").strip() for name in names))
    target = _check(form)
    data = uploads.photo()
    if form.wrong or target is None:
        return _form(form, 422)
    try:
        said = Said(form.text, form.name or None, form.contact or None)
        report = uploads.keep_report(target, form.kind, said, data)
    except PictureError:
        form.wrong["photo"] = _("The photo must be a JPEG, PNG or WebP picture of at most 7 MB.")
        return _form(form, 422)
    return redirect(keep_language(f"/report/{complaints.shown(report.number)}"), 303)


@routes.get("/report/<number>", ANYBODY, limit="receipt 60/minute")
def receipt(number: str, reader: Reader) -> Response:
    """Where a report stands, and what comes next; of what it says, nothing."""
    report = _report(number)
    label = f"/t/{report.code}" + (f"/{report.serial}" if report.serial else "")
    text = render_template(
        "consumer/receipt.html",
        report=report,
        number=complaints.shown(report.number),
        status=status(reader, site().ledger, report),
        fields=fields(),
        said_text=said_text,
        erasing=request.args.get("erase") == "yes",
        back=keep_language(label) if report.code else None,
    )
    return _private(Response(text))


@routes.post("/report/<number>/erase", ANYBODY, limit="receipt 60/minute")
def erased(number: str) -> Redirect:
    """Erase who reported it and in what words, for ever, as whoever has the receipt asks."""
    report = _report(number)
    if request.form.get("sure") != "yes":
        again = keep_language(f"/report/{complaints.shown(report.number)}", erase="yes")
        return redirect(f"{again}#erase", 303)
    with as_problem(503, LedgerError):
        Complaints(site().ledger.home).erase(report)
    return redirect(keep_language(f"/report/{complaints.shown(report.number)}"), 303)


def said_text(name: str, value: Any) -> str:
    """What a stage says of a field, in words that whoever reported it reads."""
    choices = fields()[name].choices if name in fields() else {}
    return translated(choices[text]) if (text := str(value)[:MAX_TEXT]) in choices else text


def _report(number: str) -> Complaint:
    report = Complaints(site().ledger.home).find(number)
    if report is None:
        raise ProblemError(404, "no report has this number")
    return report


def _check(form: Form) -> Target | None:
    """What the form is about; what is wrong with it is noted in it."""
    target = None
    try:
        with site().ledger.reading() as reader:
            typed = form.serial or None
            target = targets.by_code(reader, site().host, form.code, typed)
    except NotOurs:
        form.wrong["code"] = _(
            "This is no code of ours: it has 16 letters and digits and stands below the symbol. "
            "A label's own number, if there is one, has 13."
        )
    if form.kind not in KINDS:
        form.wrong["kind"] = _("Choose what comes nearest.")
    if not form.text:
        form.wrong["text"] = _("Say in a few words what is wrong.")
    elif len(form.text) > MAX_TEXT:
        form.wrong["text"] = _("At most %(most)s characters, please.", most=MAX_TEXT)
    if len(form.name) > MAX_NAME:
        form.wrong["name"] = _("At most %(most)s characters, please.", most=MAX_NAME)
    if len(form.contact) > MAX_CONTACT:
        form.wrong["contact"] = _("At most %(most)s characters, please.", most=MAX_CONTACT)
    return target


def _form(form: Form, status: int = 200) -> Response:
    text = render_template("consumer/report.html", form=form, kinds=KIND_WORDS)
    return _private(Response(text, status))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # Browsers name no origin in a form's request where a page forbids all referrers.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
