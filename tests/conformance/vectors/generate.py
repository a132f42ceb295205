"""Writes the vector files of this folder: `cd tests && python -m vectors.generate`.

The same bytes every time: keys, times and signatures are fixed. mini-ledger.json is not written
here; it came first, and other programs have agreed on it.
"""

import json
from pathlib import Path

from conformance.vectors import (
    acts_themes,
    bytes_themes,
    erasure_themes,
    identifiers_themes,
    links_themes,
    mandates_themes,
    members_themes,
    origins_themes,
    ownership_themes,
    parties_themes,
    proof_themes,
    pure_themes,
    scripts_themes,
    standing_themes,
    terminal_themes,
)

HERE = Path(__file__).parent
THEMES = (
    bytes_themes,
    members_themes,
    standing_themes,
    terminal_themes,
    parties_themes,
    links_themes,
    origins_themes,
    acts_themes,
    erasure_themes,
    scripts_themes,
    ownership_themes,
    pure_themes,
    identifiers_themes,
    mandates_themes,
    proof_themes,
)


def files():
    """Each file's name and text."""
    for theme in THEMES:
        for name, make in theme.FILES.items():
            yield f"{name}.json", json.dumps(make(), ensure_ascii=True, indent=1) + "\n"


if __name__ == "__main__":
    for name, text in files():
        (HERE / name).write_text(text, encoding="utf-8")
