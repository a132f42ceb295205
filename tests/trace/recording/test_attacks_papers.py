"""Files that are papers and something else besides: PDFs that act, archives, hidden comments."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image, PngImagePlugin
from support.goods.papers import PDF, archive, commented, packed, pdf, picture

from suyuan.trace.recording import papers, pictures
from suyuan.trace.recording.decoding import whole_files
from suyuan.trace.recording.papers import PaperError
from suyuan.trace.recording.pictures import PictureError

pytestmark = pytest.mark.slow

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
PLANTED = b"planted-comment-of-39-bytes-0123456789"


def encrypted():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as found:
        found.save(out, encryption=pikepdf.Encryption(owner="a", user=""))
    return out.getvalue()


def locked():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as found:
        found.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def opening(action):
    """A PDF whose opening does something."""
    return PDF.replace(b"/Catalog/Pages 2 0 R", b"/Catalog/Pages 2 0 R/OpenAction" + action)


def rebuilt(data):
    """The same PDF with its table of objects right again."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as found:
        found.save(out)
    return out.getvalue()


ACTING = {
    "a script in an object stream": packed(SCRIPT),
    "a script under name escapes in an object stream": packed(
        SCRIPT.replace(b"JavaScript", b"J#61va#53cript").replace(b"/JS", b"/#4a#53")
    ),
    "a script behind padding in an object stream": packed(b" " * (24 << 20) + SCRIPT),
    "a script behind padding": pdf(b" " * (1 << 20) + SCRIPT),
    "a script whose name is an object": pdf(b"<</S 5 0 R>>", b"/JavaScript"),
    "a script of another name, by its own key": pdf(b"<</JS 5 0 R>>", b"(1)"),
    "a script in an object that no table names": pdf(hidden=SCRIPT),
    "a script inside others": pdf(b"[<</A[[<</B " + SCRIPT + b">>]]>>]"),
    "a script in the trailer": pdf(trailer=b"/X" + SCRIPT),
    "a script in a stream's dictionary": pdf(b"<</Length 0/X" + SCRIPT + b">>stream\n\nendstream"),
    "a program": packed(b"<</S/Launch/F(cmd.exe)>>"),
    "what is drawn by a plug-in": packed(b"<</Subtype/RichMedia>>"),
    "what is sent": packed(b"<</S/SubmitForm/F(https://x.example/)>>"),
    "what is read in": packed(b"<</S/ImportData/F(x)>>"),
    "another file in it": packed(b"<</Type/Filespec/F(x)/EF<</F 5 0 R>>>>"),
    "a file's own kind": packed(b"<</Type/EmbeddedFile>>"),
    "a form of another language": packed(b"<</XFA[(a)]>>"),
    "what happens as it is closed": packed(b"<</AA<</WC<</S/GoTo>>>>>>"),
    "an opening that is no leaf of its own": rebuilt(opening(b"<</S/URI/URI(https://x/)>>")),
    "an address that is a script": packed(b"<</S/URI/URI( JavaScript:alert\\(1\\))>>"),
    "another file that is gone to": packed(b"<</S/GoToR/F(x.pdf)>>"),
}


@pytest.mark.parametrize("what", ACTING)
def test_a_pdf_that_does_something_is_refused_wherever_it_is_hidden(what):
    with pytest.raises(PaperError, match="scripts, actions or files"):
        papers.examine(ACTING[what])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (encrypted(), "encrypted"),
        (locked(), "encrypted"),
        (PDF.replace(b"startxref\n", b"startxref\n9"), "damaged"),
        (pdf(b"<</Length 9>>stream\nabc\nendstream"), "damaged"),
        (pdf(b"[" + b"<<>>" * 500_000 + b"]"), "too many parts|memory"),
        (pdf(b"[" * 100_000 + b"]" * 100_000), "damaged"),
    ],
    ids=["encrypted", "locked", "no table", "cut", "many", "deep"],
)
def test_a_pdf_that_cannot_be_looked_into_is_refused_and_told_why(data, why):
    with pytest.raises(PaperError, match=why):
        papers.examine(data)


@pytest.mark.parametrize(
    "data",
    [
        rebuilt(opening(b"[3 0 R/Fit]")),
        rebuilt(opening(b"<</S/GoTo/D[3 0 R/Fit]>>")),
        pdf(b"<</Subtype/Link/A<</S/URI/URI(https://trace.example/t/1)>>>>"),
        pdf(b"<</S/P/K 0>>", b"(/S/JavaScript)", b"<</Title(Launch)>>"),
    ],
    ids=["opens at a page", "goes to a page", "links", "speaks of scripts"],
)
def test_a_pdf_as_offices_make_it_is_taken(data):
    assert papers.examine(data).type == "application/pdf"


# A file that is an archive too.


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "data", [archive(), archive() + bytes(60_000 - len(archive())), b"Rar!\x1a\x07\0"],
    ids=["ZIP", "ZIP and padding", "RAR"],
)  # fmt: skip
def test_a_picture_is_no_archive_besides(form, data):
    both = commented(form, data)
    assert zipfile.is_zipfile(io.BytesIO(both)) == data.startswith(b"PK")
    with pytest.raises(PaperError, match="archive"):
        papers.examine(both)


def test_a_jpeg_has_no_archive_before_its_end_and_a_pdf_none_in_a_stream():
    jpeg, zipped = picture("JPEG"), archive()
    inside = b"<</Length %d>>stream\n" % len(zipped) + zipped + b"\nendstream"
    for both in (jpeg[:-2] + zipped + jpeg[-2:], pdf(inside)):
        assert zipfile.ZipFile(io.BytesIO(both)).namelist() == ["A.class"]
        with pytest.raises(PaperError, match="archive"):
            papers.examine(both)


def test_bytes_of_a_picture_that_spell_a_mark_by_chance_make_no_archive():
    for data in (b"PK\x05\x06" + b"\x11" * 30, b"PK\x01\x02" + b"\x11" * 60):
        assert not whole_files.holds_archive(data)
        assert papers.examine(commented("JPEG", data)).type == "image/jpeg"


# What else a photo has in it.


def planted():
    """Photos with a text where formats have room for one."""
    exif = Image.Exif()
    exif[0x9286], exif[0x010E] = PLANTED.decode(), PLANTED.decode()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", PLANTED.decode())
    texts.add_itxt("XML:com.adobe.xmp", PLANTED.decode())
    plain = {"exif": exif.tobytes(), "icc_profile": PLANTED}
    return {
        "a JPEG's comment": picture("JPEG", comment=PLANTED),
        "a JPEG's EXIF, profile and XMP": picture("JPEG", xmp=PLANTED, **plain),
        "a JPEG's segment": commented("JPEG", PLANTED),
        "a PNG's texts": picture("PNG", pnginfo=texts),
        "a PNG's EXIF and profile": picture("PNG", **plain),
        "a PNG's chunk": commented("PNG", PLANTED),
        "a WebP's EXIF, profile and XMP": picture("WEBP", xmp=PLANTED, **plain),
        "a WebP's chunk": commented("WEBP", PLANTED),
    }


@pytest.mark.parametrize("what", planted())
def test_no_comment_is_left_in_a_photo_that_is_written_anew(what):
    made = pictures.cleaned(planted()[what])
    assert PLANTED not in made and b"planted" not in made
    with Image.open(io.BytesIO(made)) as found:
        assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not found.getexif()


@pytest.mark.parametrize(
    "data", [PDF, b"\xff\xd8\xff\xd9", b"RIFF\0\0\0\0WEBPVP8X"], ids=["PDF", "empty", "cut"]
)
def test_what_says_no_size_is_no_photo(data):
    with pytest.raises(PictureError):
        pictures.cleaned(data)
