"""A document as PDF/A-1b, before it is sealed: the same bytes for the same content."""

import io
import json
from datetime import UTC, datetime, time
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pikepdf
import typst

from suyuan.trace.labels import fonts
from suyuan.trace.labels.qr_symbol import symbol

from .forms import PACKAGE, Sheet

Values = dict[str, Any]
# Of the XMP what ISO 19005-1 asks for and what says the same in the document's information.
_KEPT = ("title", "CreateDate", "ModifyDate", "CreatorTool", "language", "part", "conformance")


def pdf(sheet: Sheet) -> bytes:
    """The unsealed PDF, whose SHA-256 is signed. LedgerError where no Chinese font is here."""
    heading, code = sheet.heading, symbol(sheet.heading.url)
    data = {
        "title": sheet.title, "office": heading.office, "number": heading.number,
        "code": heading.code, "url": heading.url, "date": sheet.date,
        "day": [heading.day.year, heading.day.month, heading.day.day],
        "before": sheet.before, "after": sheet.after, "signs": sheet.signs,
        "side": code.side, "runs": list(code.runs()),
        "fields": [
            {"label": one.label, "value": one.value, "columns": one.columns, "rows": one.rows}
            for one in sheet.lines
        ],
    }  # fmt: skip
    made = datetime.combine(heading.day, time(), UTC)
    return _stripped(compiled("document.typ", _drawable(data), made))


def compiled(template: str, data: Values, made: datetime) -> bytes:
    """What typst makes of a template of ours; from the fonts here alone, whatever else there is."""
    fonts_here, families = _families()
    source = files(PACKAGE).joinpath("data", template).read_bytes()
    said = {"data": json.dumps(data | {"fonts": families}, ensure_ascii=False)}
    return typst.compile(
        source, format="pdf", pdf_standards="a-1b", timestamp=made, font_paths=fonts_here,
        ignore_system_fonts=True, sys_inputs=said,
    )  # fmt: skip


def _stripped(made: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as document:
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
            for name in [name for name in about if name.rpartition("}")[2] not in _KEPT]:
                del about[name]
        document.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def _drawable(value: Any) -> Any:
    """With 〓 for what no font here has: PDF/A refuses a character without a glyph."""
    if isinstance(value, str):
        return "\n".join("".join(p for p, _ in fonts.pieces(line)) for line in value.split("\n"))
    if isinstance(value, dict):
        return {name: _drawable(one) for name, one in value.items()}
    return [_drawable(one) for one in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1)
def _families() -> tuple[typst.Fonts, list[str]]:
    """The fonts here, and the families in the order in which they are looked in."""
    families = [str(font.getname()[0]) for font in fonts.at_size(24)]
    folders = [str(Path(path).parent) for path, _ in fonts.files()]
    return typst.Fonts(False, False, folders), families
