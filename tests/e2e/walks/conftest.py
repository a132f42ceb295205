"""Walks through the demo city, as its people take them: at two sizes, in both languages."""

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from support.web.axe import assert_sound
from support.web.signing import DESK, PHONE
from support.web.stall import watched

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.cli.demo.city import cast_of
from suyuan.trace.goods.inviting import enrolment, new, token_of
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.store.beside.invitations import InvitationBook, invitation

ADDRESSES = ipaddress.ip_network("10.0.0.0/8").hosts()
SIZES = {"phone": PHONE, "desk": DESK}
# What a walk signed and did not send goes with it: the next one to use this browser would send it.
EMPTY_OUTBOX = """() => new Promise((done) => {
  indexedDB.deleteDatabase("suyuan-outbox").onsuccess = done;
})"""


class People:
    """Who lives in the demo city: a browser for each, in which it has signed in once."""

    def __init__(self, browser, served):
        self.browser, self.served = browser, served
        self.cast = cast_of(served.home)
        self.ledger = open_ledger(served.home)
        self.contexts = {}

    def context(self, who):
        """The browser of one of them, by its name in the cast; of nobody where it is None."""
        if who not in self.contexts:
            self.contexts[who] = self.browser.new_context(locale="en")
            if who is not None:
                self._sign_in(self.contexts[who], self.cast.parties[who].uri, self._pen(who))
        return self.contexts[who]

    def _pen(self, who):
        party = self.cast.parties[who]
        return self.ledger.pen(party.uri, signers(self.cast.seed)[who])

    def _sign_in(self, context, uri, pen):
        """As an invited browser does; its own key enrols it, so that none is revoked."""
        page, ledger = context.new_page(), self.ledger
        code, made = new(uri, uri, ledger.now(), timedelta(days=1))
        InvitationBook(ledger.database.engine).add(made)
        page.goto(f"{self.served.url}/invite#{code}")
        page.locator("#make").click()
        page.locator("#offered").wait_for()
        with ledger.reading() as reader:
            statement = enrolment(
                reader, ledger.trust.genesis, uri, invitation(reader, token_of(code))
            )
        ledger.write(pen, [Draft(statement=statement)])
        page.wait_for_url("**/me")
        page.close()

    def close(self):
        for context in self.contexts.values():
            context.close()
        self.ledger.close()


@dataclass
class Walk:
    """One way through the pages, by people with windows of one size, in one language."""

    people: People
    size: str
    language: str
    pages: list
    address: str = field(default_factory=lambda: str(next(ADDRESSES)))

    def open(self, path, who=None):
        """A page of somebody's browser at a path, in the language and the size of this walk."""
        context = self.people.context(who)
        # Limits are by address: one walk is no neighbour of the one before it.
        context.set_extra_http_headers({"X-Forwarded-For": self.address})
        page = watched(context)
        self.pages.append(page)
        page.set_viewport_size(SIZES[self.size])
        joint = "&" if "?" in path else "?"
        page.goto(f"{self.people.served.url}{path}{joint}lang={self.language}")
        return page

    def say(self, chinese, english):
        """The words that this walk's language has."""
        return chinese if self.language == "zh" else english

    @property
    def is_phone(self):
        return self.size == "phone"

    def assert_sound(self, page):
        """No axe violation, nothing over the side, nothing too small to touch, no script error."""
        assert_sound(page, self.size, self.language)
        assert page.errors == []


@pytest.fixture(scope="session")
def people(browser, served):
    """The people of the demo city that is served."""
    made = People(browser, served)
    yield made
    made.close()


@pytest.fixture(
    params=[(size, language) for size in SIZES for language in ("zh", "en")], ids="-".join
)
def walk(request, people):
    """A walk at each size, in each language."""
    made = Walk(people, *request.param, [])
    yield made
    for page in made.pages:
        page.close()
    for context in {page.context for page in made.pages}:
        page = context.new_page()
        page.goto(f"{people.served.url}/healthz")
        page.evaluate(EMPTY_OUTBOX)
        page.close()
