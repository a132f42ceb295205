"""Charts of figures over time, as SVG: printed as they are, and read without colour or sight.

Series differ by how they are filled and each column says its number; a text says all of it. The
page draws the table of the same numbers below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from flask import Flask, g
from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 240
_LEFT, _TOP, _BOTTOM = 8, 34, 24
_FILLS = ("#0b5d46", "url(#{0}-lines)", "#ffffff")
_EDGE = "#0b3d30"


@dataclass(frozen=True, slots=True)
class Series:
    """What one kind of column shows: its name, and a number for each label."""

    name: object  # as text
    values: Sequence[int]


def install(app: Flask) -> None:
    """Give templates `columns` and `series`."""
    app.jinja_env.globals.update(columns=columns, series=Series)


def columns(title: str, labels: Sequence[str], *every: Series) -> Markup:
    """Columns side by side, one of each series at each label; three series at most."""
    key = f"chart-{next(_numbers())}"
    most = max((value for one in every for value in one.values), default=0) or 1
    step = (WIDTH - 2 * _LEFT) / max(len(labels), 1)
    wide = step * 0.8 / max(len(every), 1)
    parts = [_patterns(key), *_legend(every, key)]
    floor = HEIGHT - _BOTTOM
    for at, label in enumerate(labels):
        left = _LEFT + at * step + step * 0.1
        for number, one in enumerate(every):
            value = one.values[at]
            high = (floor - _TOP - 14) * value / most
            x = left + number * wide
            parts.append(_rect(x, floor - high, wide * 0.9, high, _fill(number, key)))
            if value:
                parts.append(_text(x + wide * 0.45, floor - high - 4, f"{value:,}", "middle", 10))
        parts.append(_text(left + step * 0.4, HEIGHT - 8, label, "middle", 11))
    line = f'<path d="M{_LEFT} {floor}H{WIDTH - _LEFT}" stroke="{_EDGE}" fill="none"/>'
    head = (
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'aria-labelledby="{key}-title {key}-text" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-text">{escape(_in_words(labels, every))}</desc>'
    )
    return Markup(head + "".join(parts) + line + "</svg>")  # noqa: S704  each text is escaped


def _numbers() -> Any:
    """Numbers that no two charts of a page share."""
    if "charts" not in g:
        g.charts = count(1)
    return g.charts


def _in_words(labels: Sequence[str], every: Sequence[Series]) -> str:
    return "; ".join(
        f"{label}: " + ", ".join(f"{one.name} {one.values[at]:,}" for one in every)
        for at, label in enumerate(labels)
    )


def _patterns(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-lines" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        f'<rect width="2.5" height="6" fill="{_EDGE}"/></pattern></defs>'
    )


def _legend(every: Sequence[Series], key: str) -> list[str]:
    parts, x = [], float(_LEFT)
    for number, one in enumerate(every):
        parts.append(_rect(x, 6, 14, 14, _fill(number, key)))
        parts.append(_text(x + 20, 18, str(one.name), "start", 13))
        x += 40 + sum(13 if char >= "\u2e80" else 7 for char in str(one.name))
    return parts


def _fill(number: int, key: str) -> str:
    return _FILLS[number % len(_FILLS)].format(key)


def _rect(x: float, y: float, wide: float, high: float, fill: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{fill}" '
        f'stroke="{_EDGE}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, size: int) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}'
        "</text>"
    )
