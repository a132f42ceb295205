"""The catalogue of messages, and which texts code, templates and tables of data name.

After a change of words `PYTHONPATH=typings python tests/support/ledger/catalogue.py` puts into
messages.po what is new, with the Chinese yet to be written, leaves out what is gone, and compiles
it.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from suyuan import keys, trace, web
from suyuan.trace.cli.command_help import paragraphs
from suyuan.trace.cli.table import COMMANDS
from suyuan.trace.findings.rule_tables import table
from suyuan.trace.format import vocabulary
from suyuan.trace.format.messages import FOLDER, LOCALE, numbered
from suyuan.web.app import scripts
from suyuan.web.server.cli import COMMANDS as SERVING


def _sources() -> Iterator[ast.Module]:
    for package in (keys, trace, web):
        for file in _folder(package).rglob("*.py"):
            yield ast.parse(file.read_text(encoding="utf-8"))


def _errors() -> set[str]:
    """The names of the errors that take a text and values for its places."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for source in _sources()
        for node in ast.walk(source)
        if isinstance(node, ast.ClassDef)
    }
    errors = {"MessageError", "KeysError"}
    while more := {name for name, its in bases.items() if its & errors} - errors:
        errors |= more
    return errors


PO = FOLDER / LOCALE / "LC_MESSAGES" / "messages.po"
# What click says of a command line, which it asks the same catalogue for.
_CLICK = {
    "Usage:", "Options", "Commands", "Positional arguments", "Show this message and exit.",
    "Show the version and exit.", "Error: {message}", "Try '{command} {option}' for help.",
    "Invalid value: {message}", "Invalid value for {param_hint}: {message}", "Missing argument",
    "Missing option", "Missing parameter", "Missing command.", "No such option {name!r}.",
    "No such command {name!r}.", "default: {default}", "required", "(dynamic)",
    "Option {name!r} requires an argument.", "Option {name!r} does not take a value.",
    "{value!r} is not a valid {number_type}.", "{value} is not in the range {range}.",
    "{name} {filename!r} does not exist.", "{name} {filename!r} is a directory.",
    "{name} {filename!r} is a file.",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given."),
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
}  # fmt: skip
# By name, what takes a text and values for its places: at which argument the text stands.
_REASONS = {
    "message_of": 0, "statement_refused": 0, "ProblemError": 1, "CounterError": 1,
    "EnclosureError": 1, "Refused": 1, "FieldError": 2, "wrong": 2, "say": 0,
}  # fmt: skip
_WITH_MORE = {"Refused", "Later"}  # whose next arguments are no values
_PLAIN, _PLURAL, _IN_CONTEXT = {"_", "_l", "gettext", "msg"}, {"ngettext", "msgs"}, {"msg_in"}


def read() -> Catalog:
    """The catalogue as it is written."""
    with PO.open("rb") as file:
        return read_po(file, locale=LOCALE)


def used() -> set[tuple[Any, str | None]]:
    """Every text that is named, one with a plural as a pair, each with its context."""
    return {*_of_code(_sources()), *_of_help(), *of_templates(), *of_scripts(), *_of_data()}


def of_pages() -> Iterator[tuple[Any, str | None]]:
    """The texts that the front-end's own code names."""
    folders = ("pages", "item", "text")
    files = [file for name in folders for file in (_folder(web) / name).rglob("*.py")]
    return _of_code(ast.parse(file.read_text(encoding="utf-8")) for file in files)


def _of_help() -> Iterator[tuple[Any, str | None]]:
    """The paragraphs of the help of commands and options, and what click says."""
    texts = [short for _, short in (*COMMANDS.values(), *SERVING.values())]
    for folder in (_folder(trace) / "cli", _folder(web) / "server"):
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "help":
                    assert not isinstance(node.value, ast.JoinedStr), ast.unparse(node)
                    texts.append(getattr(node.value, "value", ""))
                elif isinstance(node, ast.FunctionDef) and _is_command(node):
                    texts.append(ast.get_docstring(node) or "")
    yield from ((text, None) for whole in texts for text in paragraphs(whole) if text)
    yield from ((text, None) for text in _CLICK)


def _is_command(function: ast.FunctionDef) -> bool:
    calls = [call for call in function.decorator_list if isinstance(call, ast.Call)]
    return any(ast.unparse(call.func) in ("command", "click.group") for call in calls)


def _of_code(sources: Iterable[ast.Module]) -> Iterator[tuple[Any, str | None]]:
    reasons = dict.fromkeys(_errors(), 0) | _REASONS
    for source in sources:
        for node in ast.walk(source):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            if name in _PLAIN and texts:
                yield (numbered(texts[0]) if len(node.args) > 1 else texts[0]), None
            elif name in reasons:
                yield from ((text, None) for text in _reasons(node, reasons[name]))
            elif name in _PLURAL and len(texts) == 2:
                yield (texts[0], texts[1]), None
            elif name in _IN_CONTEXT and len(texts) == 2:
                yield texts[1], texts[0]


def _reasons(call: ast.Call, at: int) -> Iterator[str]:
    """The texts that may be the reason that a call gives, either one of a choice."""
    if len(call.args) <= at:
        return
    for choice in _choices(call.args[at]):
        if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
            yield numbered(choice.value) if len(call.args) > at + 1 else choice.value


def _choices(reason: ast.expr) -> tuple[ast.expr, ...]:
    return (reason.body, reason.orelse) if isinstance(reason, ast.IfExp) else (reason,)


def unfit() -> Iterator[str]:
    """Reasons that no catalogue can have, or with another number of values than of places."""
    reasons = dict.fromkeys(_errors(), 0) | _REASONS | {"msg": 0}
    for source in _sources():
        for call in (node for node in ast.walk(source) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name not in reasons or len(call.args) <= reasons[name]:
                continue
            reason, *values = call.args[reasons[name] :]
            is_counted = name not in _WITH_MORE and not any(
                isinstance(value, ast.Starred) for value in values
            )
            for choice in _choices(reason):
                if isinstance(choice, ast.JoinedStr | ast.BinOp):
                    yield ast.unparse(call)
                places = ast.unparse(choice).replace("%%", "").count("%s")
                is_text = isinstance(choice, ast.Constant)
                if is_text and is_counted and values and places != len(values):
                    yield ast.unparse(call)


def of_templates() -> Iterator[tuple[Any, str | None]]:
    keywords = {"_": None, "ngettext": (1, 2)}
    for message in extract_from_dir(
        str(_folder(web) / "templates"), [("**.html", "jinja2")], keywords=keywords
    ):
        yield message[2], None


def of_scripts() -> Iterator[tuple[str, str | None]]:
    for name in scripts.modules():
        yield from ((text, None) for text in scripts.named(name))


def _folder(package: ModuleType) -> Path:
    return Path(package.__path__[0])


def _of_data() -> Iterator[tuple[str, str | None]]:
    yield from ((name, "step") for name in vocabulary.STEPS)
    yield from ((name, "role") for name in vocabulary.ROLES)
    all_steps = vocabulary.STEPS.values()
    steps = [text for step in all_steps for text in (step.did, step.offer, *step.reasons)]
    tables = (vocabulary.STEPS, vocabulary.ROLES, vocabulary.UNITS, vocabulary.STATEMENTS)
    worded = [entry.words for table_ in tables for entry in table_.values()]
    words = [
        *steps, *worded, *vocabulary.KEPT.values(), *vocabulary.SEVERITIES.values(),
        *vocabulary.FATES.values(), *vocabulary.RESULTS.values(), *vocabulary.LICENCES.values(),
        *vocabulary.ALLERGENS.values(), *vocabulary.OTHERS.values(),
    ]  # fmt: skip
    yield from ((text, None) for text in words if text is not None)
    for row in (*table("required")["required"], *table("purchase")["asked"]):
        yield row["what"], None
    yield from ((row["words"], None) for row in table("catalogue")["category"])
    yield from ((name, None) for name in table("basis")["laws"].values())
    yield from ((row["text"], None) for row in table("checklist")["checks"])
    tables = _folder(trace) / "inspection" / "data"
    for path in sorted(tables.glob("*.toml")):  # `text` is for people, and the source of a law
        yield from ((text, None) for text in _texts(tomllib.loads(path.read_text("utf-8"))))
    for row in table("fields")["fields"]:
        yield from ((name.removeprefix("suyuan:"), "field") for name in row["fields"])


def _texts(table: Any) -> Iterator[str]:
    """The texts for people in a table."""
    if isinstance(table, list):
        for row in table:
            yield from _texts(row)
    elif isinstance(table, dict):
        yield from (table[name] for name in ("text", "source") if name in table)
        yield from table.get("choices", {}).values()
        for row in table.values():
            yield from _texts(row)


def main() -> int:
    """Bring the catalogue up to date; 1 where something has yet to be translated."""
    catalog, named = read(), used()
    for message in list(catalog):
        if message.id and (message.id, message.context) not in named:
            catalog.delete(message.id, message.context)
    there = {(message.id, message.context) for message in catalog}
    for text, context in sorted(named - there, key=str):
        catalog.add(text, context=context)
    with PO.open("wb") as file:
        write_po(file, catalog, width=0)
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    empty = [entry.id for entry in catalog if entry.id and not (entry.string and all(entry.string))]
    for text in empty:
        print(f"yet to be translated: {text}")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
