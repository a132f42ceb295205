"""The menu of who is signed in: the pages that its roles have use for."""

from dataclasses import dataclass

from flask import Flask

from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from .access import acting_for
from .access.session import SignedIn

_MAKERS = ("producer", "processor", "wholesaler", "caterer", "retailer")
_SELLERS = ("stall", "retailer", "wholesaler", "caterer", "producer", "processor", "market")
_TRADERS = ("stall", *_MAKERS)
_OFFICES = ("authority", "office")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: where it leads, and to whom it is offered; to all where none is named."""

    path: str
    words: Words
    roles: tuple[str, ...] = ()
    is_for_inviting: bool = False  # to those alone who may invite others


_ENTRIES = (
    Entry("/me", _l("My page")),
    Entry("/me/arrivals", _l("Arrivals to confirm"), _TRADERS),
    Entry("/me/holdings", _l("On the counter"), _TRADERS),
    Entry("/me/labels", _l("Labels"), _SELLERS),
    Entry("/me/register", _l("Register a batch"), _MAKERS),
    Entry("/me/upload", _l("Register from a table"), _MAKERS),
    Entry("/me/process", _l("Record a step"), (*_TRADERS, "laboratory", "market")),
    Entry("/me/products", _l("Products"), _MAKERS),
    Entry("/me/recalls", _l("Recalls")),
    Entry("/me/mandates", _l("Mandates")),
    Entry("/inspect", _l("My division"), _OFFICES),
    Entry("/inspect/search", _l("Search"), _OFFICES),
    Entry("/inspect/counter", _l("At the counter"), _OFFICES),
    Entry("/inspect/audit", _l("Audit"), _OFFICES),
    Entry("/people", _l("Registered parties"), is_for_inviting=True),
)


def install(app: Flask) -> None:
    """Give templates `menu_of`."""
    app.jinja_env.globals["menu_of"] = menu_of


def menu_of(who: SignedIn) -> list[tuple[str, str, str]]:
    """The menu of a party: path, its URL in the page's language, and words.

    Who records for another has the pages of that party's roles too.
    """
    acting = acting_for.current()
    roles = set(who.party.roles) | set(() if acting is None else acting.party.roles)
    return [
        (entry.path, keep_language(entry.path), str(entry.words))
        for entry in _ENTRIES
        if (not entry.roles or set(entry.roles) & roles)
        and (who.invites or not entry.is_for_inviting)
    ]
