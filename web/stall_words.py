"""Words for the scripts of a stall's pages, in the page's language."""

from collections.abc import Mapping

from .texts import gettext as _


def of_stall() -> Mapping[str, str | Mapping[str, str] | list[str]]:
    """What the scripts of slips, of the counter and of the outbox say, by name."""
    return {
        "all": _("All as on the slip: sign"),
        "as_shown": _("As shown here: sign"),
        "nothing": _("Nothing is left to sign here"),
        "other": _("Other"),
        "other_of": _("Something else than on the slip came: %(name)s"),
        "unit_of": _("Amount in %(unit)s"),
        "took": _("%(amount)s came"),
        "less": _("%(amount)s less"),
        "more": _("%(amount)s more"),
        "refused": _("%(amount)s refused: %(reason)s"),
        "refused_all": _("Refused: %(reason)s"),
        "open": _("Not here yet: stays open"),
        "open_it": _("Open"),
        "open_of": _("Confirm one by one what is inside: %(name)s"),
        "row": _("1 line"),
        "rows": _("%(count)s lines"),
        "recorded_card": _("It is recorded."),
        "signed_card": _("Signed. It is in the outbox below."),
        "sold": _("%(amount)s sold: %(name)s"),
        "lost": _("%(amount)s lost: %(name)s"),
        "choose": _("Choose to mix: %(name)s"),
        "new_basin": _("A new basin"),
        "fill_up": _("Fill up: %(name)s"),
        "mix_sign": _("Sign the mix"),
        "fill_sign": _("Fill up and sign"),
        **_outbox(),
        **_choices(),
    }


def _outbox() -> Mapping[str, str]:
    return {
        "undo_of": _("Undo: %(title)s"),
        "held": _("Signed. It is sent in %(seconds)s seconds."),
        "sending": _("Being sent…"),
        "waiting": _("Signed. Waiting for the network."),
        "retrying": _("Signed. Waiting for an answer; it is sent again by itself."),
        "sent": _("Recorded as no. %(index)s."),
        "correcting": _(
            "This corrects what was recorded as no. %(index)s. Change what was wrong, then sign: "
            "both records stay visible."
        ),
        "same": _("Nothing was changed: there is nothing to correct."),
        "sent_as": _("Correction: %(title)s"),
        "stale": _("Another device of yours had answered this already. Nothing was sent twice."),
        "not_taken": _("It was refused: %(detail)s"),
        "too_old": _(
            "It was not taken: it waited too long, or a clock is wrong. If it is still right, sign "
            "it again; it then has today's time."
        ),
        "undone": _("Undone. Nothing was sent."),
        "too_late": _("It is being sent already and cannot be undone."),
    }


def _choices() -> Mapping[str, Mapping[str, str] | list[str]]:
    return {
        "reasons": [
            _("Spoiled"),
            _("Short weight"),
            _("Wrong goods"),
            _("Too warm"),
            _("Papers missing"),
            _("Packaging damaged"),
        ],
        "losses": [_("Water and trimming"), _("Spoiled"), _("Breakage"), _("Taken for testing")],
        "wrongs": {
            "number": _("Give a number, such as 25 or 25.5, of at most 9 digits and 6 decimals."),
            "none": _("An amount over 0 is needed. What did not come at all is not here yet."),
            "more": _("More than was sent cannot be refused."),
            "absurd": _("That is over ten times what was sent. If it is right, press once more."),
            "reason": _("Say why."),
            "stock": _("There is not so much of it here."),
            "units": _("Only what is measured in the same unit can be mixed."),
            "name": _("Say what the basin is called."),
        },
    }
