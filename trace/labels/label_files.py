"""Labels as a file, by the kind of file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.format.errors import LedgerError

from .label import Label
from .label_raster import GAP, render_sheet_png, render_tspl, render_zpl
from .label_sizes import Size
from .label_svg import render_sheet_svg

KINDS = (".pdf", ".zpl", ".tspl", ".svg", ".png")
MOST = 5_000  # labels of one file, as a server makes it
_PICTURE_DPI, _PRINTER_DPI = 300, 203


@dataclass(frozen=True, slots=True)
class Options:
    """How a file of labels is made; `dpi` None for the usual of its kind.

    `columns` for SVG and PNG of rolls' labels, `skip` for a sheet of which so many are used up,
    `gap` in millimetres for TSPL.
    """

    size: Size
    when: datetime
    title: str = ""
    language: str = "zh-CN"
    dpi: int | None = None
    columns: int = 3
    skip: int = 0
    gap: float = GAP


def render(kind: str, labels: Sequence[Label], options: Options) -> bytes:
    """The file, `kind` being one of KINDS; LedgerError for another, and where it cannot be made."""
    size = options.size
    if kind in (".zpl", ".tspl") and size.is_sheet:
        raise LedgerError(f"label printers print rolls: {size.name} is a sheet, for .pdf")
    if options.skip and not (kind == ".pdf" and size.is_sheet):
        raise LedgerError("only on sheets, in a .pdf, can labels be skipped")
    match kind:
        case ".pdf":
            from .label_pdf import render_pdf  # loads fpdf

            return render_pdf(
                labels, size, when=options.when, title=options.title,
                language=options.language, skip=options.skip,
            )  # fmt: skip
        case ".zpl":
            return render_zpl(labels, size, dpi=options.dpi or _PRINTER_DPI)
        case ".tspl":
            return render_tspl(labels, size, dpi=options.dpi or _PRINTER_DPI, gap=options.gap)
        case ".svg":
            return render_sheet_svg(labels, columns=options.columns, size=size).encode()
        case ".png":
            return render_sheet_png(
                labels, columns=options.columns, dpi=options.dpi or _PICTURE_DPI, size=size
            )
    raise LedgerError(f"labels are written as {', '.join(KINDS)}, not as {kind or 'nothing'}")
