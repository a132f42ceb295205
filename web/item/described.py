"""What a product is beside its name: photos, text, ingredients, licences, as its profile states."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suyuan.trace.format.members import Object
from suyuan.trace.format.vocabulary import ALLERGENS, LICENCES
from suyuan.trace.goods.profiles import Licence, Profile
from suyuan.trace.lineage.lots import products_of
from suyuan.trace.store.files.attachments import FileState
from suyuan.web.text import shown, words
from suyuan.web.text.files_shown import Look
from suyuan.web.text.names import Names
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language

from .facts import Facts

_SMALLER = {"kg": ("KGM", "GRM"), "L": ("LTR", "MLT"), "m": ("MTR", "CMT"), "1": ("H87", "H87")}
_OF_PERSONS = ("enforcement", "health", "qualification")  # licences that are nothing of a product's


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo by its SHA-256, and the index of the profile that names it."""

    sha256: str
    index: int


@dataclass(frozen=True, slots=True)
class Description:
    """A product's profile in the page's language; `rows` are labels and values."""

    photos: list[Photo]
    text: str | None
    rows: list[tuple[str, str]]


def find(item: str, facts: Facts, names: Names, look: Look, today: date) -> Description:
    """What counts for this item: its product's owner's word, else its coder's; then its maker's.

    Photos are those that `look` says to be here.
    """
    uris = [facts.product_uri] if facts.product_uri else list(products_of(item))[:1]
    profile = names.profiles.of(uris[0], facts.coder) if uris else Profile(item)
    maker = Profile("") if facts.maker_uri is None else names.profiles.of(facts.maker_uri)
    licences = [*profile.licences, *(one for one in maker.licences if one.kind not in _OF_PERSONS)]
    return Description(
        photos=[
            Photo(photo["sha256"], profile.indexes["photos"])
            for photo in profile.members.get("photos", ())
            if look(photo["sha256"]) is FileState.GOOD
        ],
        text=profile.any_text("description", language()),
        rows=[
            *_called(facts),
            *_rows(profile),
            *((kind(one), licence(one, today)) for one in licences),
        ],
    )


def _called(facts: Facts) -> Iterator[tuple[str, str]]:
    """What the coder calls it, where the page has it in another language."""
    if facts.called and facts.called != facts.product:
        yield str(words.LABELS["name"]), facts.called


def _rows(profile: Profile) -> Iterator[tuple[str, str]]:
    members = profile.members
    for member in ("ingredients", "allergens", "net", "storage", "standard"):
        text: str | None = None
        if member in ("ingredients", "storage"):
            text = profile.any_text(member, language())
        elif member == "allergens":
            text = allergens(members.get(member, ()))
        elif member == "net" and member in members:
            text = net(members[member])
        elif member == "standard":
            text = members.get(member)
        if text:
            yield str(words.LABELS[member]), shown.cut(text)


def allergens(stated: Iterable[str]) -> str:
    """Allergens in words, in the order of the vocabulary."""
    stated = set(stated)
    return shown.listed(_(text) for name, text in ALLERGENS.items() if name in stated)


def net(stated: Object) -> str:
    """What a package holds: of less than one kilogram, litre or metre in the smaller unit."""
    value, (unit, smaller) = Decimal(stated["value"]), _SMALLER[stated["unit"]]
    if value < 1:
        value, unit = value * (100 if smaller == "CMT" else 1000), smaller
    return shown.measure(str(value), unit)


def kind(stated: Licence) -> str:
    """What kind of licence it is, in words."""
    return _(LICENCES[stated.kind])


def licence(stated: Licence, today: date) -> str:
    """A licence's number, until when it holds, and that its holder alone states it, if so."""
    parts = [shown.cut(stated.number)]
    if stated.expires is not None:
        last = date.fromisoformat(stated.expires)
        until = _("expired on %(day)s") if last < today else _("valid until %(day)s")
        parts.append(until % {"day": shown.day(last)})
    if stated.is_own:
        parts.append(_("as it states itself"))
    return " · ".join(parts)
