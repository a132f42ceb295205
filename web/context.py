"""What the front-end serves: one ledger, and where its pages are."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app

from suyuan.trace.admission.access import Access
from suyuan.trace.admission.state import Genesis
from suyuan.trace.ledger.home import base_url, is_demo, open_ledger
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

_KEY = "suyuan"


@dataclass(frozen=True, slots=True)
class Site:
    """The ledger behind the pages of one app."""

    ledger: Ledger
    base_url: str
    is_demo: bool

    @property
    def host(self) -> str:
        """The host in this ledger's codes."""
        return self.ledger.trust.host

    def access(self, reader: Reader) -> Access:
        """Who may see and do what, by what the ledger holds now."""
        return Access(reader, self.genesis)

    @property
    def genesis(self) -> Genesis:
        """What verification needs of the trust file."""
        return self.ledger.trust.genesis


def install(app: Flask, home: Path, ledger: Ledger | None) -> None:
    """Open the ledger in `home`, unless one is given, and put it into the app."""
    opened = ledger if ledger is not None else open_ledger(home)
    app.extensions[_KEY] = Site(opened, base_url(opened.trust.host), is_demo(home))
    app.jinja_env.globals["site"] = app.extensions[_KEY]


def site() -> Site:
    """The site of the present request."""
    return of(current_app)


def of(app: Flask) -> Site:
    """The site of an app."""
    site = app.extensions[_KEY]
    assert isinstance(site, Site)
    return site
