"""Commands and options whose help is read in the language of the terminal.

What click says by itself it looks up by `gettext`, to which `terminal.speak` gives our catalogue.
"""

import re
from collections.abc import Iterable, Iterator
from unicodedata import east_asian_width

import click

from suyuan.trace.format.messages import LANGUAGES, msg

from .terminal import language, speak

_COLUMN = 30  # of the names of options and commands, at most, as click has it
_PIECES = re.compile(r" ?[!-~]+|.")  # a line may end between any two of these
_CLOSING = frozenset("，。；：、？！）》」”’… ")  # begin no line


class _Formatter(click.HelpFormatter):
    """Click's, which counts letters; for Chinese one that counts cells, of which each has two."""

    def write_heading(self, heading: str) -> None:
        if language() == "en":
            super().write_heading(heading)
            return
        self.write(f"{'':{self.current_indent}}{heading}：\n")

    def write_text(self, text: str) -> None:
        if language() == "en":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        for line in _lines(text, self.width - self.current_indent):
            self.write(f"{indent}{line}".rstrip() + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _COLUMN, col_spacing: int = 2
    ) -> None:
        if language() == "en":
            super().write_dl(rows, col_max, col_spacing)
            return
        rows = list(rows)
        column = min(max((len(name) for name, _ in rows), default=0), col_max) + col_spacing
        for name, text in rows:
            lines = list(_lines(text, max(self.width - self.current_indent - column, 10)))
            if len(name) > column - col_spacing:
                lines.insert(0, "")
            names = [name, *[""] * len(lines)]
            for first, line in zip(names, lines, strict=False):
                self.write(f"{'':{self.current_indent}}{first:{column}}{line}".rstrip() + "\n")


def _lines(text: str, width: int) -> Iterator[str]:
    """The lines of a Chinese text, an empty one between its paragraphs; `width` is in cells."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        line, cells = "", 0
        for piece in _PIECES.findall(" ".join(paragraph.split())):
            size = sum(1 + (east_asian_width(character) in "WF") for character in piece)
            if line and cells + size > width and piece not in _CLOSING:
                yield line
                line, cells = "", 0
            line, cells = line + (piece if line else piece.lstrip()), cells + size
        yield line


class _Context(click.Context):
    formatter_class = _Formatter


class _Worded:
    """Has help whose paragraphs are texts of the catalogue; it is translated when it is read."""

    _help: str | None = None

    def _in_words(self) -> str | None:
        if self._help is None:
            return None
        return "\n\n".join(msg(text).text(language()) for text in paragraphs(self._help))

    def _set_help(self, text: str | None) -> None:
        self._help = text

    help = property(_in_words, _set_help)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line, as the catalogue has them."""
    return [" ".join(part.split()) for part in text.split("\n\n")]


class Command(_Worded, click.Command):
    """A command with help in words."""

    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's, in the language that is spoken by now."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = msg("Show this message and exit.").text(language())
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence; in Chinese whole."""
        if language() == "en":
            return super().get_short_help_str(limit)
        return (self.help or "").partition("\n\n")[0].partition("。")[0]


class Group(Command, click.Group):
    """A group of commands with help in words."""

    command_class = Command
    group_class = type


class Option(_Worded, click.Option):
    """An option with help in words."""


def lang_option() -> Option:
    """The option --lang of every command; before a command's name it goes for that as well."""
    return Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        is_eager=True,
        expose_value=False,
        callback=lambda _context, _option, chosen: speak(chosen),
        help="The language for people [SUYUAN_LANG, default the locale's].",
    )
