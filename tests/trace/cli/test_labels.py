"""`suyuan labels`: printed, printed again, declared void; what is refused signs nothing."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from support.ledger.commands import Result, Suyuan
from support.ledger.copies import filled

pytestmark = pytest.mark.slow  # each makes a ledger and keys on the disk


@dataclass
class Farm:
    """A farm with a lot; `say` runs a command with its key."""

    run: Suyuan
    item: str

    def say(self, *arguments: object) -> Result:
        return self.run(*arguments, "--key", "farm.key")


@pytest.fixture
def farm(suyuan: Suyuan, kept: Path) -> Farm:
    return Farm(suyuan, *filled(kept, lambda: [coded_lot(suyuan)]))


def coded_lot(suyuan: Suyuan) -> str:
    """A lot of a farm, which is new as its ledger is."""
    suyuan.init()
    more = ("91350212MA2XN7T503", "--division", "350212")
    suyuan.party("𠮷祥农场", "producer", *more, key="farm")
    return suyuan.lot("--shelf-life", "3", "--origin", "350212")


def read(file: str) -> list[str]:
    """What the symbols of a file say."""
    if file.endswith(".pdf"):
        document = pypdfium2.PdfDocument(file)
        pictures = [page.render(scale=203 / 72).to_pil() for page in document]
        document.close()
    else:
        pictures = [Image.open(io.BytesIO(Path(file).read_bytes()))]
    return sorted(code.text for one in pictures for code in zxingcpp.read_barcodes(one))


def test_every_kind_of_file_has_serials_of_its_own(farm: Farm) -> None:
    for file, size in (
        ("l.pdf", "a4-3x8"), ("r.pdf", "40x30"), ("l.png", "50x30"), ("l.svg", "a4-2x7"),
        ("l.zpl", "40x30"), ("l.tspl", "60x40"),
    ):  # fmt: skip
        said = farm.say("labels", farm.item, "--count", 3, "-o", file, "--size", size)
        assert said.code == 0 and "3 labels issued at index" in said.err, said.err
        assert len(set(said.out.split())) == 3
        if file.endswith((".pdf", ".png")):
            assert read(file) == sorted(said.out.split())
    listed = farm.say("labels", "list", farm.item)
    assert [line.split()[1:] for line in listed.out.splitlines()] == [["issued", "3", "labels"]] * 6


def test_printing_again_signs_nothing_and_repeats_the_serials(farm: Farm) -> None:
    first = farm.say("labels", farm.item, "--count", 2, "-o", "a.pdf").out.split()
    farm.say("labels", farm.item, "--count", 1, "-o", "b.pdf")
    before = farm.say("labels", "list", farm.item).out
    index = before.split()[0]
    again = farm.say("labels", farm.item, "--reprint", "--issue", index, "-o", "c.pdf")
    assert "2 labels printed again" in again.err
    assert read("c.pdf") == read("a.pdf") == sorted(again.out.split())
    one = farm.say("labels", farm.item, "--reprint", "--serial", first[1], "-o", "d.png")
    assert one.out.split() == [first[1]]
    assert farm.say("labels", "list", farm.item).out == before
    for wrong in (("--count", 2), ("--issue", 1), ("--serial", "0" * 13), ("--serial", "x")):
        said = farm.say("labels", farm.item, "--reprint", *wrong, "-o", "e.pdf")
        assert said.code == 2 and not Path("e.pdf").exists()


def test_a_spoiled_label_is_void_once_and_never_printed_again(farm: Farm) -> None:
    urls = farm.say("labels", farm.item, "--count", 3, "-o", "a.pdf").out.split()
    serials = [url.rsplit("/", 1)[1] for url in urls]
    said = farm.say("labels", "void", farm.item, urls[0], serials[1].lower())
    assert said.code == 0 and "2 labels declared void" in said.err
    told = json.loads(farm.say("labels", "list", farm.item, "--json").out)
    assert told["good"] == serials[2:] and [one["op"] for one in told["statements"]][1] == "void"
    assert farm.say("labels", farm.item, "--reprint", "-o", "b.pdf").out.split() == urls[2:]
    for wrong, why in (
        ((serials[0],), "void already"),
        (("0" * 13,), "was not issued"),
        ((), "name the spoiled"),
        ((urls[2].replace(urls[2].split("/")[4], "0" * 16),), "is no label of"),
    ):
        said = farm.say("labels", "void", farm.item, *wrong)
        assert said.code == 2 and why in said.err, said.err
    index = told["statements"][0]["index"]
    assert "1 label declared" in farm.say("labels", "void", farm.item, "--issue", index).err
    assert farm.say("labels", farm.item, "--reprint", "-o", "c.pdf").code == 2


def test_what_is_on_hold_is_labelled_by_force_only(farm: Farm) -> None:
    farm.run.good("hold", "place", farm.item, "--reason", "抽检", "--key", "authority.key")
    said = farm.say("labels", farm.item, "-o", "a.pdf")
    assert said.code == 2 and "on hold" in said.err and "--force" in said.err
    assert not Path("a.pdf").exists() and farm.say("labels", "list", farm.item).out == ""
    forced = farm.say("labels", farm.item, "-o", "a.pdf", "--force")
    assert forced.code == 0 and "the label's page says so" in forced.err


def test_codes_for_the_scale(farm: Farm) -> None:
    number, code, name = farm.say("labels", "scale").out.split()
    assert len(number) == 5 and name == "上海青"
    assert farm.say("labels", farm.item, "-o", "a.svg").code == 0
    drawn = Path("a.svg").read_text(encoding="utf-8")
    assert number in drawn and code in drawn and "𠮷祥农场" in drawn
    (row,) = json.loads(farm.say("labels", "scale", "--json").out)
    assert row == {"scale": int(number), "item": farm.item, "product": "上海青"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("-o", "x.gif"), ".pdf, .zpl, .tspl, .svg, .png"),
        (("-o", "x.pdf", "--size", "letter"), "a4-3x8"),
        (("-o", "x.zpl", "--size", "a4-3x8"), "is a sheet"),
        (("-o", "x.pdf", "--size", "40x30", "--skip", "3"), "skipped"),
        (("-o", "x.pdf", "--base-url", "https://" + "a" * 600 + ".example", "--size", "40x30"),
         "no size known here"),
        (("-o", "x.tspl", "--dpi", "96"), "label printers have 203"),
        (("-o", "x.pdf", "--count", "10001"), "count"),
        (("-o", "x.pdf", "--serial", "0" * 13), "--reprint"),
    ],
)  # fmt: skip
def test_what_is_refused_signs_nothing(farm: Farm, options: tuple[str, ...], why: str) -> None:
    said = farm.say("labels", farm.item, *options)
    assert said.code == 2 and why in said.err, said.err
    assert not list(Path().glob("x.*")) and farm.say("labels", "list", farm.item).out == ""
