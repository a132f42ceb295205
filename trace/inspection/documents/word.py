"""A document as DOCX, for the file: what the PDF says, unsealed and unsigned."""

import io
from datetime import UTC, datetime, time

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from .forms import Sheet


def docx(sheet: Sheet) -> bytes:
    """The document as Word and its like read it."""
    made, heading = Document(), sheet.heading
    made.core_properties.title = sheet.title
    made.core_properties.author = heading.office
    made.core_properties.created = datetime.combine(heading.day, time(), UTC)
    for text, size in ((heading.office, 14), (sheet.title, 20), (heading.number, 11)):
        line = made.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = line.add_run(text)
        run.font.size, run.bold = Pt(size), size == 20
    for text in sheet.before:
        made.add_paragraph(text)
    table = made.add_table(0, 2, "Table Grid")
    for one in sheet.lines:
        label, value = table.add_row().cells
        label.text = one.label
        if one.rows is None:
            value.text = one.value
            continue
        inner = value.add_table(0, len(one.columns))
        for row in (one.columns, *one.rows):
            for cell, text in zip(inner.add_row().cells, row, strict=True):
                cell.text = text
    for text in (*sheet.after, *sheet.signs, sheet.date, heading.url):
        made.add_paragraph(text)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
