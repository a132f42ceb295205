"""Words for what an inspector finds at a counter, for pages and their scripts."""

from collections.abc import Mapping
from typing import Any

from suyuan.trace.counter import FOUND, OUTCOMES, RESULT
from suyuan.trace.members import Object
from suyuan.trace.steps import INSPECTED

from . import shown, stall_words, words
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

RESULTS: Mapping[str, Words] = {
    "pass": _l("All right"),
    "objection": _l("Objection"),
    "unfit": _l("Not fit to be sold"),
}
OUTCOME_WORDS: Mapping[str, Words] = {
    "quantity": _l("The quantity differs"),
    "no-label": _l("No label"),
    "wrong-label": _l("A label of something else"),
    "spoiled": _l("Spoiled"),
    "expired": _l("Past its shelf life"),
    "storage": _l("Kept too warm, or dirty"),
    "papers": _l("Papers missing"),
    "stopped": _l("On sale though stopped or recalled"),
}


def is_inspection(event: Object | None) -> bool:
    """Whether an event is an inspection at a counter."""
    return event is not None and isinstance(event.get(INSPECTED), str)


def result(event: Object) -> str:
    """What an inspection found, in the page's language; texts of others as they stand."""
    said = event.get(RESULT)
    parts = [str(RESULTS.get(said, shown.cut(said)))] if isinstance(said, str) else []
    parts.append(shown.listed(str(OUTCOME_WORDS[one]) for one in outcomes(event)))
    found = event.get(FOUND)
    if isinstance(found, dict) and isinstance(found.get("value"), str):
        unit = found.get("unit")
        amount = shown.measure(found["value"], unit if isinstance(unit, str) else None)
        parts.append(_("%(amount)s found", amount=amount))
    return " · ".join(part for part in parts if part)


def outcomes(event: Object) -> list[str]:
    """What an inspection objects to, of the words that there are for it; each once."""
    listed = event.get(OUTCOMES)
    named = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return [name for name in OUTCOME_WORDS if name in named]


def of_counter() -> dict[str, Any]:
    """What the page's script says, by name, with what the outbox says."""
    return {
        **stall_words.of_stall(),
        "results": {name: str(said) for name, said in RESULTS.items()},
        "outcomes": {name: str(said) for name, said in OUTCOME_WORDS.items()},
        "units": {unit: str(words.unit(unit)) for unit in ("KGM", "LTR", "MTR", "C62")},
        "labels": {
            "what": _("Goods"),
            "holder": _("At the counter of"),
            "result": _("Result"),
            "found": _("Found"),
            "note": _("Note, hidden but for them"),
            "photos": _("Photos"),
        },
        "title": _("Inspection: %(name)s, %(result)s"),
        "amount_found": _("%(amount)s found"),
        "looking": _("Looking it up…"),
        "nothing": _("Type or scan a code first."),
        "not_ours": _("This is no code of this ledger. Compare it with the label."),
        "not_yours": _("This counter is not in your remit."),
        "no_code": _("No code was found in the photo. Go closer, hold still, mind the glare."),
        "no_photo": _(
            "The photo must be a JPEG, PNG or WebP of at most 7 MB and 12 million pixels."
        ),
        "as_of": _("As of %(time)s. What came later is not known."),
        "not_kept": _("No connection, and this code was not looked up here before."),
        "size": _("as of %(size)s records in the ledger"),
        "since": _("Admitted since %(day)s"),
        "left": _("Not admitted any more"),
        "is": _("Licence"),
        "number": _("Number"),
        "roles": _("Roles"),
        "division": _("Division"),
        "part_of": _("Part of"),
        "nobody": _("Nobody is named by this code. Choose at whose counter it is."),
        "nobody_has": _("Nobody in your remit has any of it by the records."),
        "none_left": _("Nothing should be left."),
        "unknown_left": _("How much is left cannot be told from the records."),
        "inside": _("in a container"),
        "on_way": _("on its way"),
        "past": _("Past its shelf life"),
        "wrong_found": _("Give a number, such as 25 or 25.5, of at most 9 digits and 6 decimals."),
        "need_found": _("Say how much was found."),
        "need_choice": _("Say what was found, or that all is right."),
        "too_long": _("At most 1,000 characters."),
        "signed": _("Signed. It is in the outbox below."),
        "camera": _("Hold the code into the frame."),
        "camera_refused": _("The camera is not to be had. Take a photo, or type the code."),
        "remove_photo": _("Remove photo %(number)s"),
    }
