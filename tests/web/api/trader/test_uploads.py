"""What is sent to wear a server out: too large, or small and unpacking to too much."""

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from support.goods.papers import packed, squeezed
from support.ledger.work import pace
from support.ledger.world import ROOT
from support.web.roles import ask, routes
from support.web.signing import ORIGIN_HEADERS
from support.web.town import town

pytestmark = pytest.mark.slow
MOST_READ = (8 << 20) + (1 << 20)  # bytes of a body: 8 MiB, and what is read at once
MOST_MEMORY = 700  # MiB more than a server has anyway, for the worst of these
MOST_TIME = 20  # seconds of work; each took longer, some minutes, before it was bounded
_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@cache
def drawn_over(scans: int, side: int = 7_000) -> bytes:
    """A progressive JPEG of 49 million pixels, one of whose scans stands in it so often again."""
    out = io.BytesIO()
    Image.new("L", (side, side), "white").save(out, "JPEG", progressive=True)
    data = out.getvalue()
    end = data.rindex(b"\xff\xd9")
    last = data.rindex(b"\xff\xda")
    return data[:end] + data[last:end] * scans + data[end:]


def escaped(count: int) -> bytes:
    """A PDF whose object stream is nothing but escapes, some 30 KB for ten million."""
    return packed(b"<</", (b"#41" * (count // 100), 100), b" 1>>")


@cache
def png(side: int) -> bytes:
    """A PNG that says it is so wide and high; its pixels are a megabyte of packed zeros."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = squeezed((bytes(1 << 20), 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def workbook(sheet: bytes, strings: bytes = b"") -> bytes:
    """A workbook of one sheet, and the texts that its cells share."""
    relation = '<Relationship Id="r{0}" Type="' + _TYPE + '/{1}" Target="{2}"/>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        first = relation.format(1, "officeDocument", "xl/workbook.xml")
        file.writestr("_rels/.rels", f"{relations}{first}</Relationships>")
        file.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{_TYPE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        sheets = relation.format(1, "worksheet", "worksheets/sheet1.xml")
        texts = relation.format(2, "sharedStrings", "sharedStrings.xml")
        file.writestr("xl/_rels/workbook.xml.rels", f"{relations}{sheets}{texts}</Relationships>")
        file.writestr("xl/worksheets/sheet1.xml", sheet)
        file.writestr("xl/sharedStrings.xml", strings or b"<sst/>")
    return out.getvalue()


# What is sent, where to, and the statuses that may come of it.
WORST = {
    "a picture drawn over itself, to be scanned": (lambda: drawn_over(10_000), "/scan", {422}),
    "the same in a report": (lambda: drawn_over(10_000), "/report", {422}),
    "the same as a paper": (lambda: drawn_over(10_000), "/api/v1/attachments", {422}),
    "a picture as large as is read": (lambda: drawn_over(150), "/scan", {422}),
    "a picture that says it is larger": (lambda: png(50_000), "/scan", {422}),
    "the same in a report again": (lambda: png(50_000), "/report", {422}),
    "the same as a paper again": (lambda: png(50_000), "/api/v1/attachments", {422}),
    "a picture of fewer bytes than pixels": (lambda: png(7_000), "/scan", {422}),
    "a PDF of escapes": (lambda: escaped(10_000_000), "/api/v1/attachments", {201, 422}),
    "a PDF that unpacks to more": (lambda: escaped(60_000_000), "/api/v1/attachments", {422}),
} | {
    name: (lambda parts=parts: workbook(*parts()), "/api/v1/batches/table", {422})
    for name, parts in {
        "a sheet of empty cells": lambda: [_SHEET + b"<row>" + b"<c/>" * 15_000_000],
        "a sheet that unpacks to too much": lambda: [_SHEET + b" " * (300 << 20)],
        "texts that unpack to too much": lambda: [_SHEET, b"<sst><si><t>" + b"x" * (300 << 20)],
        "a workbook of other elements": lambda: [_SHEET, b"<sst>" + b"<a/>" * 15_000_000],
    }.items()
}


def _child(folder: str) -> None:
    """Send what stands in a folder to a server of its own; how long and how much each took."""
    made = town(Path(folder) / "town")
    client, found = made.browser("farm"), {}
    for what, (_make, path, _statuses) in WORST.items():
        data = (Path(folder) / what).read_bytes()
        form = {path in {"/scan", "/report"}: "photo"}.get(True, "file")
        name = "t.xlsx" if path.endswith("/table") else "t.jpg"
        sent = {form: (io.BytesIO(data), name), "code": made.code("stall"), "kind": "other"}
        slower, before, start = pace(), _memory(reset=True), _seconds()
        answer = client.post(path, data=sent | {"text": "x"}, headers=ORIGIN_HEADERS)
        found[what] = [answer.status_code, (_seconds() - start) / slower, _memory() - before]
        answer.close()
    made.close()
    print(json.dumps(found))


def _seconds() -> float:
    """Of this process's work, whatever else the machine does."""
    import time

    return time.process_time()


def _memory(*, reset: bool = False) -> int:
    """The most that this process has had since it was reset, in MiB."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) >> 10


@pytest.fixture(scope="module")
def worst(tmp_path_factory):
    """What became of the worst, each in the same process after the other."""
    folder = tmp_path_factory.mktemp("worst")
    for what, (make, _path, _statuses) in WORST.items():
        (folder / what).write_bytes(make())
    script = f"import runpy, sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); "
    script += f"runpy.run_path({__file__!r})['_child']({str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", WORST)
def test_the_worst_is_refused_in_little_time_and_memory(worst, what):
    status, seconds, memory = worst[what]
    assert status in WORST[what][2]
    assert seconds < MOST_TIME and memory < MOST_MEMORY, (seconds, memory)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    found = town(tmp_path_factory.mktemp("uploads"))
    found.app.extensions["suyuan.limits"].hit = lambda *_: True
    yield found
    found.close()


class Endless(io.RawIOBase):
    """A body without an end, which counts how much of it was read."""

    def __init__(self, start: bytes) -> None:
        self.count, self._start = 0, start

    def readable(self):
        return True

    def readinto(self, into):
        piece = self._start[self.count : self.count + len(into)]
        into[: len(piece)] = piece
        into[len(piece) :] = b" " * (len(into) - len(piece))
        self.count += len(into)
        return len(into)


START = {
    "application/json": b"[",
    "application/x-www-form-urlencoded": b"party=",
    "multipart/form-data; boundary=B": b'--B\r\nContent-Disposition: form-data; name="photo"; '
    b'filename="x"\r\n\r\n',
    "image/jpeg": b"\xff\xd8\xff",
}


class Sending:
    """A client that sends the same to whatever it is asked to open."""

    def __init__(self, client, kind, **sent) -> None:
        self.client, self.kind, self.sent = client, kind, sent

    def open(self, path, *, method, headers, **_more):
        more = {name: make() if callable(make) else make for name, make in self.sent.items()}
        headers = headers | {"Content-Type": self.kind} | more.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **more)


def taking(app):
    """The routes that take a body, but for those that end or begin the session."""
    return [
        one
        for one in routes(app)
        if one[1] != "GET" and one[0] not in {"session.challenge", "session.sign_out"}
    ]


@pytest.mark.parametrize("length", [None, str(9 << 20), str(1 << 62)])
@pytest.mark.parametrize("kind", START)
def test_no_route_reads_more_of_a_body_than_it_may_have(made, kind, length):
    """By its Content-Length or in chunks, which say none, nobody makes a server read on."""
    read, most = [], 0

    def endless():
        read.append(Endless(START[kind]))
        found = {"wsgi.input": read[-1], "wsgi.input_terminated": True}
        return found if length is None else found | {"CONTENT_LENGTH": length}

    sending = Sending(
        made.browser("authority"), kind,
        environ_overrides=endless, headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    for endpoint, method, rule in taking(made.app):
        with ask(sending, made, endpoint, method, rule) as answer:
            assert answer.status_code < 500, (rule, answer.status_code)
            if read[-1].count:
                assert answer.status_code not in {200, 201, 303}, rule
        assert read[-1].count <= MOST_READ, (rule, read[-1].count)
        most = max(most, read[-1].count)
    assert most > 1_000


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 200_000 + b"]" * 200_000, "application/json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json"),
        (b'{"days":' + b"1" * 20_000 + b"}", "application/json"),
        (b'{"__proto__":{"is_authority":true},"constructor":1}', "application/json"),
        (b"NaN", "application/json"),
        (b"\xff\xfe{\x00}\x00", "application/json"),
        (b'{"party":"\\ud800","name":"\\u0000"}', "application/json"),
        (b"&".join(b"a%d=1" % n for n in range(100_000)), "application/x-www-form-urlencoded"),
        (b"party=" + b"x" * (2 << 20), "application/x-www-form-urlencoded"),
        (
            b"".join(
                b'--B\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n
                for n in range(5_000)
            )
            + b"--B--\r\n",
            "multipart/form-data; boundary=B",
        ),
        (b"--B\r\n" + b"X-A: b\r\n" * 100_000, "multipart/form-data; boundary=B"),
        (b"x" * 1_000, "multipart/form-data"),
    ],
    ids=["deep", "deep objects", "digits", "proto", "nan", "utf-16", "surrogate", "fields",
         "a long field", "parts", "headers", "no boundary"],
)  # fmt: skip
def test_nonsense_is_refused_by_every_route_that_takes_a_body(made, body, kind):
    sending = Sending(made.browser("authority"), kind, data=body)
    for endpoint, method, rule in taking(made.app):
        with ask(sending, made, endpoint, method, rule) as answer:
            assert answer.status_code < 500, (rule, answer.status_code)


def test_a_packed_body_is_not_unpacked(made):
    import gzip

    client = made.browser("stall")
    body = gzip.compress(b" " * (64 << 20))
    for path in ("/api/v1/links", "/api/v1/events/draft", "/api/v1/session"):
        headers = ORIGIN_HEADERS | {"Content-Encoding": "gzip"}
        answer = client.post(path, data=body, headers=headers, content_type="application/json")
        assert answer.status_code in {400, 401, 415, 422}, path


@pytest.mark.parametrize(
    "name",
    [
        "x.\0a", "x.xlsx\0", "../../x.csv", f"x.{'a' * 300}", "." * 300, "x.\u202e", "x./..", "CON",
        "",
    ],
)  # fmt: skip
def test_a_files_own_name_leads_nowhere(made, name):
    client = made.browser("farm")
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + "产品\n上海青\n".encode() + b"\r\n--B--\r\n"
    answer = client.post(
        "/api/v1/batches/table",
        data=body,
        content_type="multipart/form-data; boundary=B",
        headers=ORIGIN_HEADERS,
    )
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
