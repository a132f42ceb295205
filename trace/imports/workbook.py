"""What an XLSX says around its sheets: which sheet is first, its texts, which styles are dates."""

import re
from dataclasses import dataclass, field

from ..messages import msg
from .cells import MAX_CELL
from .errors import TableError
from .package import Package, resolve

MAX_TEXTS = 2_000_000
MAX_TEXT = 32_000_000
"""Texts, and characters in them, that a workbook may share among its cells."""

# Numbers of formats that are dates by themselves (ECMA-376 part 1, 18.8.30, and its Chinese ones).
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


@dataclass
class Workbook:
    """The first visible sheet, by its part; what stands beside it."""

    sheet: str
    name: str
    others: list[str]
    macros: bool
    epoch_1904: bool
    texts: list[str] = field(default_factory=list)
    dates: frozenset[int] = frozenset()


def read(package: Package) -> Workbook:
    """The workbook of a package; TableError where it is none, or has no sheet to read."""
    if not package.has("_rels/.rels"):
        raise package.broken(msg("it is a ZIP file and no Excel workbook"))
    main = next(
        (t for kind, t in _relations(package, "").values() if kind == "officeDocument"), None
    )
    if main is None or not package.has(main):
        raise package.broken(msg("it is a ZIP file and no Excel workbook"))
    if main.endswith(".bin"):
        raise TableError(
            package.where, msg("it is a binary workbook (.xlsb)"), msg("save it as .xlsx")
        )
    relations = _relations(package, main)
    sheets: list[tuple[str, str]] = []
    epoch: list[bool] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            kind, part = relations.get(relation, ("", ""))
            if kind == "worksheet" and attributes.get("state", "visible") == "visible":
                sheets.append((attributes.get("name", ""), part))
        elif tag == "workbookPr":
            epoch.append(attributes.get("date1904", "0") in ("1", "true"))

    _all(package, main, start)
    if not sheets:
        raise TableError(
            package.where, msg("it has no sheet that can be seen"), msg("add the table to it")
        )
    kinds = dict(relations.values())
    return Workbook(
        sheet=sheets[0][1],
        name=sheets[0][0],
        others=[name for name, _ in sheets[1:]],
        macros="vbaProject" in kinds,
        epoch_1904=epoch[:1] == [True],
        texts=_texts(package, kinds["sharedStrings"]) if "sharedStrings" in kinds else [],
        dates=_date_styles(package, kinds["styles"]) if "styles" in kinds else frozenset(),
    )


def unescape(text: str) -> str:
    """Text in which _x000D_ and the like stand for characters (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match.group(1), 16)), text)


def _all(package: Package, name: str, start: object) -> None:
    assert callable(start)
    for _ in package.parse(name, start, lambda _: None, lambda _: None):
        pass


def _relations(package: Package, source: str) -> dict[str, tuple[str, str]]:
    """The relations of a part by their ids: kind and part."""
    folder, _, name = source.rpartition("/")
    part = f"{folder}/_rels/{name}.rels".lstrip("/")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = resolve(source, attributes.get("Target", ""))
            found[attributes.get("Id", "")] = (kind, target)

    if package.has(part):
        _all(package, part, start)
    return found


def _texts(package: Package, name: str) -> list[str]:
    """The shared texts; how a word is to be pronounced is left out."""
    texts: list[str] = []
    parts: list[str] = []
    state = {"on": False, "spoken": False, "size": 0, "total": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "rPh":
            state["spoken"] = True
        elif tag == "t":
            state["on"] = not state["spoken"]
        elif tag == "si":
            parts.clear()
            state["size"] = 0

    def end(tag: str) -> None:
        if tag == "rPh":
            state["spoken"] = False
        elif tag == "t":
            state["on"] = False
        elif tag == "si":
            texts.append(unescape("".join(parts)))
            if len(texts) > MAX_TEXTS:
                raise package.broken(msg("it has more than %(most)s texts", most=MAX_TEXTS))

    def text(data: str) -> None:
        if state["on"]:
            state["size"] += len(data)
            state["total"] += len(data)
            if state["size"] > MAX_CELL or state["total"] > MAX_TEXT:
                raise package.broken(
                    msg("it has a text of over %(most)s characters, or too many", most=MAX_CELL)
                )
            parts.append(data)

    if package.has(name):
        for _ in package.parse(name, start, end, text):
            pass
    return texts


def _date_styles(package: Package, name: str) -> frozenset[int]:
    """The numbers of cell styles that show a date."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    inside: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside.append(tag)
        elif tag == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            inside.clear()

    if package.has(name):
        for _ in package.parse(name, start, end, lambda _: None):
            pass
    return frozenset(at for at, number in enumerate(styles) if _is_date(number, formats))


def _is_date(number: str, formats: dict[str, str]) -> bool:
    if number in formats:
        code = _QUOTED.sub("", formats[number].casefold().split(";")[0])
        return code != "general" and any(letter in code for letter in "ymd")
    return number.isascii() and number.isdigit() and len(number) < 5 and int(number) in _DATES
