"""Documents of an office: what is on the sheet, its number, its bytes, and PDF/A by PDFBox."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from support.goods.preflight import invalid
from support.ledger.world import World

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.documents import render, word
from suyuan.trace.inspection.documents.forms import Heading, Sheet, forms, number, sheet
from suyuan.trace.store.beside.office.documents import DocumentBook, by_code, by_hash

HEADING = Heading(
    "厦门市思明区市场监督管理局", "厦思市监责改〔2026〕12号", "ABCD-EFGH-1234-5678",
    "https://trace.food.example/document/ABCDEFGH12345678", date(2026, 12, 2),
)  # fmt: skip
ROWS = "豆腐|500克|盒|12\n豆干|1千克|袋|3"


def filled(name: str) -> Sheet:
    """A document of a form with a value of its own in each field."""
    form = forms()[name]
    values = {one.name: f"值甲{at}" for at, one in enumerate(form.fields)}
    values |= {one.name: ROWS for one in form.fields if one.columns}
    return sheet(form, HEADING, values)


def text_of(pdf: bytes) -> str:
    """The text of all pages, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    return re.sub(r"\s", "", "".join(p.get_textpage().get_text_bounded() for p in document))


@pytest.mark.parametrize("name", forms())
def test_every_field_stands_in_both_files_in_its_order(name: str) -> None:
    made = filled(name)
    inside = [made.heading.office, made.title, made.heading.number]
    for one in made.lines:
        rows = [] if one.rows is None else [one.columns, *one.rows]
        cells = [cell for row in rows for cell in row] or [one.value]
        inside += [one.label, *cells]
    inside += [*made.after, *made.signs, made.date, made.heading.url]
    texts = [text_of(render.pdf(made))]
    document, parts = Document(io.BytesIO(word.docx(made))), list[str]()
    for node in document.element.body.iter():
        if node.tag.endswith("}t"):
            parts.append(node.text or "")
    texts.append(re.sub(r"\s", "", "".join(parts)))
    for text in texts:
        at = 0
        for one in inside:
            wanted = re.sub(r"\s", "", one)
            assert wanted in text[at:], (wanted, text)
            at = text.index(wanted, at) + len(wanted)


def test_the_documents_that_an_office_needs_are_among_the_forms() -> None:
    """So what is tested of each form is tested of each of these."""
    needed = (
        "现场笔录 责令改正通知书 抽样单 检验结果通知书 先行登记保存证据通知书 "
        "实施行政强制措施决定书 财物清单 责令召回通知书 送达回证 责任约谈通知书"
    )
    assert set(needed.split()) <= {form.title for form in forms().values()}


def test_the_same_content_is_the_same_bytes_and_other_content_other_ones() -> None:
    one = filled("rectification")
    assert render.pdf(one) == render.pdf(filled("rectification"))
    assert render.pdf(one) != render.pdf(filled("interview"))


@pytest.mark.slow
def test_each_form_is_pdf_a_also_with_many_pages_and_letters_that_no_font_has(
    tmp_path: Path,
) -> None:
    for name in forms():
        (tmp_path / f"{name}.pdf").write_bytes(render.pdf(filled(name)))
    form = forms()["inspection-record"]
    values = {one.name: "一" * 200 for one in form.fields}
    values["findings"] = "\n".join(["#set page() 😀 \u0f00 *粗* $x$ @a <b>"] * 60)
    long = render.pdf(sheet(form, HEADING, values))
    assert len(pypdfium2.PdfDocument(long)) > 1
    assert "#setpage()〓" in text_of(long)
    (tmp_path / "long.pdf").write_bytes(long)
    assert invalid(tmp_path) == {}


def test_preflight_finds_what_is_no_pdf_a(tmp_path: Path) -> None:
    whole = tmp_path / "other.pdf"
    whole.write_bytes(render.pdf(filled("interview")).replace(b"pdfaid:part>1<", b"pdfaid:part>7<"))
    assert "other.pdf" in invalid(tmp_path)


def test_values_that_a_form_does_not_take_are_named() -> None:
    form = forms()["goods-list"]
    good = {"party": "甲", "of": "乙", "goods": ROWS}
    assert form.faults(good) == {}
    for wrong, field in [
        ({"party": " "}, "party"), ({"of": "x" * 201}, "of"),
        *(({"of": f"a{odd}"}, "of") for odd in "\x07\x7f\x85\ud800\ufffe\uffff"),
        ({"goods": "豆腐|盒"}, "goods"), ({"other": "x"}, "other"),
    ]:  # fmt: skip
        assert list(form.faults(good | wrong)) == [field]
        with pytest.raises(LedgerError):
            sheet(form, HEADING, good | wrong)


def test_the_documents_that_stages_name_have_forms_and_all_words_differ() -> None:
    stages = [stage for kind in kinds().values() for stage in kind.stages.values()]
    named = {one for stage in stages for one in stage.forms}
    assert named <= forms().keys()
    assert len({form.word for form in forms().values()}) == len(forms())
    assert number("厦思市监", forms()["sealing"], 2026, 3) == "厦思市监强制〔2026〕3号"


def test_a_number_is_given_once_whoever_asks_at_once_and_is_not_given_again(world: World) -> None:
    book = DocumentBook(world.ledger.database.engine)
    numbered = partial(book.number, form="rectification", by="urn:x:li", at=1)

    def one(_: int) -> tuple[int, str]:
        drawn = numbered("urn:x:office", year=2026, number="责改〔2026〕%s号")
        return drawn.serial, drawn.number

    with ThreadPoolExecutor(4) as pool:
        given = sorted(pool.map(one, range(12)))
    assert given == [(n, f"责改〔2026〕{n}号") for n in range(1, 13)]
    other = numbered("urn:x:office", year=2027, number="责改〔2027〕%s号")
    assert other.serial == 1
    assert numbered("urn:x:other", year=2026, number="%s").serial == 1
    changed = book.put(other.code, {"sha256": "ab" * 32, "files": {"pdf": "cd" * 32}})
    with world.ledger.reading() as reader:
        assert by_code(reader, other.code) == by_hash(reader, "ab" * 32) == changed
        assert changed is not None and changed.files == {"pdf": "cd" * 32}
