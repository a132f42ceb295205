"""Words for the scripts of suppliers' pages, in the page's language."""

from collections.abc import Mapping

from .texts import gettext as _


def of_supplier() -> Mapping[str, str | Mapping[str, str]]:
    """What the scripts of products, of registering and of tables say, by name."""
    return {
        "look": _("Please look at what is marked."),
        "days": _("shelf life in days: %(count)s"),
        "last": _("Last: %(amount)s"),
        "none_left": _("Give an amount for at least one of them."),
        **_table(),
    }


def _table() -> Mapping[str, str]:
    return {
        "checking": _("The table is being read…"),
        "row": _("Row %(row)s"),
        "wrong": _("%(what)s – %(fix)s"),
        "good": _("Good: %(count)s"),
        "bad": _("To be put right: %(count)s"),
        "is_there": _("In the ledger already: %(count)s"),
        "sign": _("Sign and register: %(count)s"),
        "nothing": _("There is no good row in it."),
        "only_close": _("All good rows are in the ledger already; the table is not closed yet."),
        "close": _("Close the table"),
        "show_more": _("Show more: %(count)s"),
        "signing": _("Signed: %(done)s of %(all)s. Nothing is sent yet."),
        "sending": _("Sent: %(done)s of %(all)s"),
        "waiting": _("No connection. Sent so far: %(done)s of %(all)s. It goes on by itself."),
        "done": _(
            "All %(count)s batches are registered. The table is closed as record no. %(index)s."
        ),
        "was_there": _(
            "This very table was registered before: %(count)s batches, closed as record no. "
            "%(index)s. Nothing was sent."
        ),
        "refused": _("Sent so far: %(done)s of %(all)s. The rest was refused: %(detail)s"),
        "resumes": _("Table %(name)s was not finished on this device; it goes on."),
        "too_large": _("This table is too large for a browser. Please split it."),
        "unkept": _("This browser keeps nothing, as in a private window: nothing was signed."),
    }
