"""Words for the scripts of the page of steps, in the page's language."""

from collections.abc import Mapping

from . import quota
from .files_shown import KIND_WORDS
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

READING: Mapping[str, Words] = {
    "own": _l("My party only, and inspectors"),
    "sides": _l("The two sides of the trade, and inspectors"),
    "chain": _l("Those along the chain of the goods, and inspectors"),
    "named": _l("Parties that I name, and inspectors"),
    "everyone": _l("Everyone: not hidden, and not to be erased"),
}
USUAL: Mapping[str, str] = {"remark": "chain", "price": "sides", "person": "own"}


def of_process() -> Mapping[str, str | Mapping[str, str]]:
    """What the scripts say, by name; `mistakes` by the kind that the API gives."""
    return {
        "kinds": {name: str(said) for name, said in KIND_WORDS.items()},
        "goods": _("Goods"),
        "inputs": _("What went in"),
        "contents": _("Contents"),
        "line": _("%(label)s, line %(number)s"),
        "remove_of": _("Remove: %(name)s"),
        "hashed": _("SHA-256 begins with %(start)s"),
        "sending": _("Being sent…"),
        "kept": _("kept"),
        "kept_private": _("not for everybody"),
        "reading": {name: str(said) for name, said in READING.items()},
        "read_by": _("Read by: %(who)s"),
        "picked": _("Sent to: %(name)s"),
        "none_found": _("Nobody by that name is in the ledger."),
        "more_found": _("There are more: type a little more of the name."),
        "labels": _("Labels"),
        "grave": _("This cannot be right"),
        "serious": _("This breaks a duty"),
        "minor": _("Please look again"),
        "mistakes": _mistakes(),
    }


def _mistakes() -> Mapping[str, str]:
    return {
        **_of_goods(),
        **_of_files(),
        "needed": _("This is needed."),
        "readers_needed": _("Choose at least one party, or let others read it."),
        "party": _("No party's number or code. Choose one from the list, or give its number."),
        "party_unknown": _(
            "This party is not in the ledger. Say that it is not, and give its name."
        ),
        "party_self": _("You cannot send goods to yourself."),
        "day": _("A day of the calendar, today or earlier."),
        "time": _("A day and a time, such as 2026-11-24 08:30."),
        "future": _("This lies in the future."),
        "days": _("A whole number of days, 0 to 36,500."),
        "temperature": _("Degrees Celsius, such as -18 or 4.5."),
        "text": _("One line of plain text."),
        "long": _("This is too long."),
        "place": _("One of your registered places."),
        "event": _("This does not make a good record."),
        "size": _("This is more than one record holds: record it in parts."),
    }


def _of_goods() -> Mapping[str, str]:
    return {
        "item_needed": _("Choose something, or give its code."),
        "item_unknown": _("This code is not in the ledger."),
        "item": _("This is no code. It has 16 letters and digits: look at each again."),
        "item_twice": _("This was named before: put it together on one line."),
        "one_only": _("This step is recorded of one thing at a time."),
        "made_needed": _("Say what came of it."),
        "product": _("Say what it is called."),
        "quantity_needed": _("Say how much."),
        "quantity_positive": _("An amount over 0 is needed."),
        "quantity": _("An amount of at most 15 digits, in one of the units."),
        "number": _("A number, such as 25 or 25.5."),
        "hold": _("It is on hold or recalled: it may not be sent or sold."),
        "stock": _("There is not so much of it, and you chose that such records be refused."),
    }


def _of_files() -> Mapping[str, str]:
    return {
        "file_gone": _("A file is not here any more: choose it once more."),
        "file_kind": _(
            "Only PDF files and JPEG, PNG or WebP pictures, whole, without scripts, other files "
            "or a password."
        ),
        "file_daily": _(
            "Today's attachments are used up: a party may send %(files)s files and %(size)s MB a "
            "day. Go on tomorrow.",
            files=f"{quota.FILES:,}",
            size=f"{quota.BYTES // 1_000_000:,}",
        ),
        "file_large": _("A file may have 7 MB: photograph it smaller, or scan it again."),
        "file_many": _("At most 20 files."),
        "file_empty": _("This file is empty."),
        "file_other": _("It changed on its way here. Please try again."),
    }
