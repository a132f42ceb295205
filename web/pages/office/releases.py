"""/scripts, /api/v1/scripts: which scripts the pages run, and who has recorded them."""

from dataclasses import asdict

from flask import Response, render_template
from pydantic import BaseModel, Field

from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch import script_releases as recorded_scripts
from suyuan.trace.watch.script_releases import Recorded, differences
from suyuan.web.app import scripts
from suyuan.web.app.routes import ANYBODY, Out, Routes
from suyuan.web.context import site
from suyuan.web.text.names import titled

routes = Routes("releases", tag="Scripts", prefix="")


class ScriptOut(BaseModel):
    """One file of the release: a module of the pages, or their service worker."""

    name: str
    sha256: str
    url: str = Field(description="Where this server gives it")


class ReleaseStatementOut(Out):
    """A statement in the ledger about this release."""

    index: int
    entry: str = Field(description="Its entry; its place in the log is at /api/v1/proofs/{index}")
    actor: str
    name: str | None
    counts: bool = Field(description="Whether the authority, or an officer of its own, made it")
    matches: bool = Field(description="Whether it names exactly the files that are served")


class ReleaseOut(BaseModel):
    """The scripts that this server gives, and what the ledger has of them."""

    ledger: str
    release: str
    files: list[ScriptOut]
    statements: list[ReleaseStatementOut]


@routes.get("/api/v1/scripts", ANYBODY)
def release(reader: Reader) -> ReleaseOut:
    """The scripts of the pages, to be compared with what a ledger has recorded of them."""
    recorded = recorded_scripts.recorded(reader, site().genesis, scripts.release())
    return ReleaseOut(
        ledger=site().ledger.trust.origin,
        release=scripts.release(),
        files=[
            ScriptOut(name=name, sha256=sha256, url=scripts.file_url(name))
            for name, sha256 in scripts.files().items()
        ],
        statements=[
            ReleaseStatementOut.of(statement, entry=link.entry.decode(), matches=matches(statement))
            for statement in recorded
            if (link := reader.link(statement.index)) is not None
        ],
    )


@routes.get("/scripts", ANYBODY, documented=False)
def page(reader: Reader) -> Response:
    """The same for people."""
    recorded = recorded_scripts.recorded(reader, site().genesis, scripts.release())
    good = [
        {**asdict(statement), "name": titled(statement.name, statement.actor)}
        for statement in recorded
        if statement.counts and matches(statement)
    ]
    others = [statement for statement in recorded if statement.counts and not matches(statement)]
    response = Response(
        render_template(
            "office/scripts.html",
            release=scripts.release(),
            files=scripts.files(),
            file_url=scripts.file_url,
            recorded=good,
            others=others,
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def matches(statement: Recorded) -> bool:
    """Whether a statement names exactly the files that are served."""
    return not differences(statement.files, scripts.files())
