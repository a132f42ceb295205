"""The menu of who is signed in: the pages that its roles have use for."""

from dataclasses import dataclass

from flask import Flask

from suyuan.trace.format.vocabulary import RoleTrait, roles_of
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from .access import acting_for
from .access.session import SignedIn


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: where it leads, and the trait of the roles that have use for it."""

    path: str
    words: Words
    trait: RoleTrait | None = None
    is_for_inviting: bool = False  # to those alone who may invite others


_ENTRIES = (
    Entry("/me", _l("My page")),
    Entry("/me/arrivals", _l("Arrivals to confirm"), "trades"),
    Entry("/me/holdings", _l("On the counter"), "trades"),
    Entry("/me/labels", _l("Labels"), "labels"),
    Entry("/me/register", _l("Register a batch"), "registers"),
    Entry("/me/upload", _l("Register from a table"), "registers"),
    Entry("/me/process", _l("Record a step"), "records"),
    Entry("/me/products", _l("Products"), "registers"),
    Entry("/me/profile", _l("Profile"), "trades"),
    Entry("/me/records", _l("My records"), "records"),
    Entry("/me/recalls", _l("Recalls")),
    Entry("/me/mandates", _l("Mandates")),
    Entry("/inspect", _l("My division"), "officer"),
    Entry("/inspect/search", _l("Search"), "officer"),
    Entry("/inspect/counter", _l("At the counter"), "officer"),
    Entry("/inspect/audit", _l("Audit"), "officer"),
    Entry("/people", _l("Registered parties"), is_for_inviting=True),
)


def install(app: Flask) -> None:
    """Give templates `menu_of`."""
    app.jinja_env.globals["menu_of"] = menu_of


def menu_of(user: SignedIn) -> list[tuple[str, str, str]]:
    """The menu of a party: path, its URL in the page's language, and words.

    Who records for another has the pages of that party's roles too.
    """
    acting = acting_for.current()
    roles = set(user.party.roles) | set(() if acting is None else acting.party.roles)
    return [
        (entry.path, keep_language(entry.path), str(entry.words))
        for entry in _ENTRIES
        if (entry.trait is None or roles.intersection(roles_of(entry.trait)))
        and (user.invites or not entry.is_for_inviting)
    ]
