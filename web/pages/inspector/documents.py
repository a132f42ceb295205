"""/document: an office's document, for those who sign and read it, and for who holds its PDF."""

import re

from flask import Response, request

from suyuan.trace.format.times import zone
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.inspection.documents.document_check import check
from suyuan.trace.inspection.documents.filling import Filling
from suyuan.trace.inspection.documents.forms import forms
from suyuan.trace.store.beside.office.documents import by_hash
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import cases as case_access
from suyuan.web.app.access import documents as access
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import CHECKING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, INSPECTOR, SIGNED_IN, VIEWER, Routes
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer

from ..office.signin import page

routes = Routes("documents_page")
MODULE = "pages/inspector/document.js"
_DIGEST = re.compile("[0-9a-f]{64}")


@routes.get("/cases/<code>/document", INSPECTOR)
def new(code: str, user: SignedIn, reader: Reader) -> Response:
    """A document to draw up for a case: its form filled as far as the ledger knows."""
    case, who = case_access.readable(reader, code)
    form = forms().get(request.args.get("form", ""))
    if form is None or who.office is None or not who.works_on(case):
        raise ProblemError(404, "no such form, or the case is another office's")
    filling = Filling(reader, site().ledger, case, who.office, user.uri)
    return page(
        "cases/drawing.html",
        module=MODULE,
        case=case,
        form=form,
        values=filling.values(form),
        has_seal=issuing.seals_of(site().ledger, who.office).is_here,
        name=namer(reader),
    )


@routes.get("/me/documents", SIGNED_IN)
def mine(user: SignedIn, reader: Reader) -> Response:
    """The documents about oneself that one may read, the newest first."""
    about = access.about(reader, user.uri)
    return page("cases/documents.html", module=MODULE, documents=about, name=namer(reader))


@routes.get("/document", ANYBODY, limit=CHECKING)
def asked(reader: Reader) -> Response:
    """Where a document is looked for by its number or its hash."""
    typed = request.args.get("q", "").strip()[:80]
    is_hash = _DIGEST.fullmatch(typed.lower()) is not None
    document = by_hash(reader, typed.lower()) if is_hash else access.numbered(reader, typed)
    if document is not None:
        return _shown(reader, document.code, typed.lower() if is_hash else None)
    return page("cases/looking.html", module=MODULE, typed=typed, is_hash=is_hash)


@routes.get("/document/<code>", VIEWER, limit=CHECKING)
def shown(code: str, reader: Reader) -> Response:
    """A document: what is found of it, and what whoever looks at it may do."""
    digest = request.args.get("sha256", "").strip().lower()
    return _shown(reader, code, digest if _DIGEST.fullmatch(digest) else None)


def _shown(reader: Reader, code: str, digest: str | None) -> Response:
    document = access.found(reader, code)
    case, seen = access.case_of(reader, document), access.reading(reader, document)
    found = check(reader, site().ledger, document, case, digest)
    is_named = any(issuing.naming(case, document.sealed))
    return page(
        "cases/document.html",
        module=MODULE,
        seen=seen,
        document=document,
        form=seen.signed.form,
        found=found,
        case=case if seen.reads else None,
        is_named=is_named,
        ways=fields()["served_how"].choices if seen.works else {},
        is_confirmed=seen.works and issuing.confirmed(reader, site().ledger, document) is not None,
        is_public=issuing.shown_copy(site().ledger, document, case) is not None,
        is_address=document.form == issuing.ADDRESS,
        name=namer(reader),
        today=site().ledger.now().astimezone(zone()).date(),
    )
