"""Words of the pages of labels, in the page's language."""

from collections.abc import Mapping

from suyuan.trace.labels.sizes import Size

from .texts import gettext as _
from .texts import ngettext


def of_size(size: Size) -> str:
    """A size of labels, as people buy them."""
    across, down = f"{size.width:g}", f"{size.height:g}"
    if not size.is_sheet:
        return _("Roll, %(across)s × %(down)s mm", across=across, down=down)
    count = size.per_sheet
    told = ngettext("A4, %(num)d label", "A4, %(num)d labels", count)
    return f"{told} ({across} × {down} mm)"


def of_labels() -> Mapping[str, str | Mapping[str, str]]:
    """What the script of labels says, by name."""
    return {
        "overdrawn": _(
            "That makes %(issued)s labels for %(had)s pieces: more labels than goods. It can be "
            "signed, and it will be reported."
        ),
        "less_of": _("Fewer labels: %(name)s"),
        "more_of": _("More labels: %(name)s"),
        "sheet": _("Open the PDF and print"),
        "file": _("Save the file for the printer"),
        "ready": _("%(count)s labels are issued and can be printed."),
        "voided": _("Declared void: it must not be stuck on anything."),
        "mismatch": _("The draft does not say what was asked for. Nothing was signed."),
        "wrongs": {
            "count": _("Give a whole number from 1 to %(most)s."),
            "sum": _("At most %(most)s labels at once."),
            "none": _("Choose at least one lot."),
            "recall": _("It is recalled: labels would put it on sale."),
            "hold": _("It is on hold: labels would put it on sale."),
            "lot": _("No labels can be issued for it."),
            "spoiled": _("This is no good label of yours: type or scan it again."),
            "spoiled_none": _("Type or scan the label first."),
        },
    }
