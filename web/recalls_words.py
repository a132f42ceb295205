"""Words for the scripts of the pages of holds and recalls, in the page's language."""

from collections.abc import Mapping

from suyuan.trace.recall.orders import NOT_BY_COUNTIES

from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

# What is noted of a draft before it is signed, in the page's language.
NOTES: Mapping[str, Words] = {
    NOT_BY_COUNTIES: _l(
        "By Order 122 of 2026 orders of recall are issued by market regulators of cities that are "
        "divided into districts, and above. Yours is below them: ask the city's before you sign."
    ),
}


def of_recalls() -> Mapping[str, str | Mapping[str, str]]:
    """What those scripts say, by name."""
    return {
        "wrong_at": {
            "items": _("Name at least one item, by a code of this ledger."),
            "level": _("Choose a level."),
            "known": _("A time that has been: since when it is known."),
            "planned": _("A time that has been, since it is known: when the plan was made."),
            "reason": _("Say why: what was found, where, by whom."),
            "why_left_out": _("Say why what you left out is not concerned."),
            "accept_missing": _("It does not add up yet: say that you close it all the same."),
            "number": _("A number of 0 or more, such as 12.5."),
            "none": _("Give at least one amount."),
            "daily": _("Today's attachments are used up. Go on tomorrow."),
            "file": _("A PDF or a photograph (JPEG, PNG, WebP) of at most 5 MB."),
        },
        "listed": _("The items on the list"),
        "adds_up": _("%(told)s of %(all)s: it adds up."),
        "adds_up_again": _("%(told)s, with what was told before: it adds up."),
        "missing": _("%(told)s of %(all)s: %(gap)s is missing."),
        "surplus": _("%(told)s of %(all)s: %(gap)s more than you had."),
        "blank": _("You are to account for %(all)s."),
        "sums": _("It does not add up. If it is so all the same, say so below and report it."),
        "ended": _("It was ended meanwhile. The page shows it as it is now."),
        "forbidden": _("You may not do this."),
        "done": _("Signed and recorded as no. %(index)s."),
    }
