"""The menu of who is signed in: the pages that its roles have use for."""

from dataclasses import dataclass

from flask import Flask, request

from suyuan.trace.format.vocabulary import RoleTrait, roles_of
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from .access import acting_for
from .access.session import SignedIn


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: where it leads, and the trait of the roles that have use for it.

    It is the one in use on the pages below its path, and below those of `also`.
    """

    path: str
    words: Words
    trait: RoleTrait | None = None
    also: tuple[str, ...] = ()
    is_for_inviting: bool = False  # to those alone who may invite others


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a page shows it: its URL in the page's language, whether the page is below it."""

    url: str
    words: str
    is_current: bool


FIRST = 4
"""How many lines a phone shows beside the one that opens the rest."""

_ENTRIES = (
    Entry("/me", _l("Home"), also=("/hidden",)),
    Entry("/me/arrivals", _l("Arrivals"), "trades"),
    Entry("/me/purchase", _l("Bought"), "trades"),
    Entry("/me/holdings", _l("Stock"), "trades", also=("/me/sales",)),
    Entry("/me/labels", _l("Labels"), "labels"),
    Entry("/me/register", _l("Register"), "registers"),
    Entry("/me/upload", _l("From a table"), "registers"),
    Entry("/me/process", _l("Record"), "records"),
    Entry("/me/products", _l("Products"), "registers"),
    Entry("/me/profile", _l("Profile"), "trades"),
    Entry("/me/records", _l("My records"), "records"),
    Entry("/me/find", _l("Find a lot"), "trades"),
    Entry("/me/recalls", _l("Recalls"), also=("/recalls",)),
    Entry("/cases", _l("Cases"), also=("/document", "/me/documents")),
    Entry("/me/mandates", _l("Mandates")),
    Entry("/inspect", _l("Desk"), "inspects"),
    Entry("/inspect/search", _l("Search"), "inspects", ("/lineage", "/inspect/chain")),
    Entry("/inspect/counter", _l("Counter"), "inspects"),
    Entry("/inspect/grades", _l("Grades"), "inspects", also=("/inspect/grade",)),
    Entry("/inspect/audit", _l("Audit"), "inspects"),
    Entry("/inspectors", _l("Inspectors"), "inspects"),
    Entry("/draws", _l("Draws"), "inspects"),
    Entry(
        "/people",
        _l("Parties"),
        also=("/admit", "/invitations", "/invite"),
        is_for_inviting=True,
    ),
)
# What roles with a trait do every day, which stands first; of the first trait that one has.
_DAILY: tuple[tuple[RoleTrait, tuple[str, ...]], ...] = (
    ("inspects", ("/inspect", "/inspect/search", "/inspect/counter", "/people")),
    ("grows", ("/me", "/me/register", "/me/process", "/me/holdings")),
    ("trades", ("/me", "/me/arrivals", "/me/purchase", "/me/holdings")),
)
_OTHERS = ("/me", "/people", "/me/process", "/me/recalls")


def install(app: Flask) -> None:
    """Give templates `menu_of`."""
    app.jinja_env.globals["menu_of"] = menu_of


def menu_of(user: SignedIn) -> tuple[list[Line], list[Line]]:
    """The menu of a party: the lines that a phone shows, the one in use among them, and the rest.

    Who records for another has the pages of that party's roles too.
    """
    acting = acting_for.current()
    roles = set(user.party.roles) | set(() if acting is None else acting.party.roles)
    entries = [
        entry
        for entry in _ENTRIES
        if (entry.trait is None or roles.intersection(roles_of(entry.trait)))
        and (user.invites or not entry.is_for_inviting)
    ]
    daily = next((paths for trait, paths in _DAILY if roles.intersection(roles_of(trait))), _OTHERS)
    entries.sort(key=lambda entry: daily.index(entry.path) if entry.path in daily else len(daily))
    current = max(entries, key=_likeness)
    if entries.index(current) >= FIRST and _likeness(current):
        entries.remove(current)
        entries.insert(FIRST - 1, current)
    lines = [
        Line(keep_language(entry.path), str(entry.words), entry is current and _likeness(entry) > 0)
        for entry in entries
    ]
    return lines[:FIRST], lines[FIRST:]


def _likeness(entry: Entry) -> int:
    """How much of the present path is an entry's: the length of the longest that it is below."""
    below = [path for path in (entry.path, *entry.also) if _is_below(path)]
    return max(map(len, below), default=0)


def _is_below(path: str) -> bool:
    return request.path == path or request.path.startswith(f"{path}/")
