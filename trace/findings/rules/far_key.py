"""A link signed for an event far outside its actor's usual place of business."""

from collections.abc import Iterator

from suyuan.keys.validity import significant
from suyuan.trace.format.messages import msg
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import is_first
from ..rule import Context, Fault, Registration, Severity, fault, rule

_PREFECTURE = 4  # digits of a division: province and prefecture


@rule(
    "far-key",
    msg("Signed far from the party's place of business"),
    Severity.MINOR,
    msg(
        "Plain reason: a key that signs in another prefecture than its party's may be in other "
        "hands. Food Safety Law art. 35 (in force since 2015-10-01): a licence is for one place."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link, at its first item; documents of others are not judged.

    Far is another prefecture than that of its registration and its own places.
    """
    for event in story.events:
        if event.place is None or event.is_received:
            continue
        party = context.registration(event.actor, event.leaf)
        if party is None or event.place in party.places or _is_everywhere(party):
            continue
        place = context.place(event.place, event.leaf)
        if place is None or place.party == event.actor:
            continue
        if _area(place.division) in _usual(party, event, context):
            continue
        reason = msg(
            "signed for %(place)s in division %(there)s, but its party is registered in %(home)s",
            place=event.place,
            there=place.division,
            home=party.division,
        )
        if is_first(story, context, event.leaf):
            yield fault(event, reason)


def _usual(party: Registration, event: ItemEvent, context: Context) -> set[str]:
    areas = {_area(party.division)}
    for uri in party.places:
        if (place := context.place(uri, event.leaf)) is not None:
            areas.add(_area(place.division))
    return areas


def _area(division: str) -> str:
    return division.ljust(_PREFECTURE, "0")[:_PREFECTURE]


def _is_everywhere(party: Registration) -> bool:
    is_wide = len(significant(party.division)) < _PREFECTURE  # a province, or the whole country
    return is_wide or bool(set(party.roles) & set(roles_of("everywhere")))
