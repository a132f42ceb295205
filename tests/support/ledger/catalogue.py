"""The catalogue of messages, and which texts code, templates and tables of data name.

After a change of words `PYTHONPATH=typings python tests/support/ledger/catalogue.py` puts into
messages.po what is new, with the Chinese yet to be written, leaves out what is gone, and compiles
it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from suyuan import trace, web
from suyuan.trace.findings.rule_tables import table
from suyuan.trace.format import vocabulary
from suyuan.trace.format.messages import FOLDER, LOCALE
from suyuan.web.app import scripts

PO = FOLDER / LOCALE / "LC_MESSAGES" / "messages.po"
_PLAIN, _PLURAL, _IN_CONTEXT = {"_", "_l", "gettext", "msg"}, {"ngettext", "msgs"}, {"msg_in"}


def read() -> Catalog:
    """The catalogue as it is written."""
    with PO.open("rb") as file:
        return read_po(file, locale=LOCALE)


def used() -> set[tuple[Any, str | None]]:
    """Every text that is named, one with a plural as a pair, each with its context."""
    return {*_of_code(), *_of_templates(), *_of_scripts(), *_of_data()}


def _of_code() -> Iterator[tuple[Any, str | None]]:
    for file in (one for package in (trace, web) for one in _folder(package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
            if name in _PLAIN and texts:
                yield texts[0], None
            elif name in _PLURAL and len(texts) == 2:
                yield (texts[0], texts[1]), None
            elif name in _IN_CONTEXT and len(texts) == 2:
                yield texts[1], texts[0]


def _of_templates() -> Iterator[tuple[Any, str | None]]:
    keywords = {"_": None, "ngettext": (1, 2)}
    for found in extract_from_dir(
        str(_folder(web) / "templates"), [("**.html", "jinja2")], keywords=keywords
    ):
        yield found[2], None


def _of_scripts() -> Iterator[tuple[str, str | None]]:
    for name in scripts.modules():
        yield from ((text, None) for text in scripts.named(name))


def _folder(package: ModuleType) -> Path:
    return Path(package.__path__[0])


def _of_data() -> Iterator[tuple[str, str | None]]:
    yield from ((name, "step") for name in vocabulary.STEPS)
    yield from ((name, "role") for name in vocabulary.ROLES)
    yield from ((name, "severity") for name in vocabulary.SEVERITIES)
    steps = [
        one for step in vocabulary.STEPS.values() for one in (step.did, step.offer, *step.reasons)
    ]
    tables = (vocabulary.STEPS, vocabulary.ROLES, vocabulary.UNITS, vocabulary.STATEMENTS)
    worded = [one.words for table_ in tables for one in table_.values()]
    words = [
        *steps,
        *worded,
        *vocabulary.KEPT.values(),
        *vocabulary.SEVERITIES.values(),
        *vocabulary.FATES.values(),
    ]
    yield from ((text, None) for text in words if text is not None)
    for one in (*table("required")["required"], *table("purchase")["asked"]):
        yield one["what"], None
    for one in table("fields")["fields"]:
        yield from ((name.removeprefix("suyuan:"), "field") for name in one["fields"])


def main() -> int:
    """Bring the catalogue up to date; 1 where something has yet to be translated."""
    catalog, named = read(), used()
    for message in [one for one in catalog if one.id and (one.id, one.context) not in named]:
        catalog.delete(message.id, message.context)
    there = {(message.id, message.context) for message in catalog}
    for text, context in sorted(named - there, key=str):
        catalog.add(text, context=context)
    with PO.open("wb") as file:
        write_po(file, catalog, width=0)
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    empty = [one.id for one in catalog if one.id and not (one.string and all(one.string))]
    for text in empty:
        print(f"yet to be translated: {text}")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
