"""Writes the vector files that hold a ledger: `cd tests && python -m conformance.vectors.generate`.

The same bytes every time: keys, times and signatures are fixed. Not written here are mini-ledger,
which came first and on which other programs have agreed, and the files about functions, which no
change of what is signed can change: their cases stand in them as they were once written.
"""

import json
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent


def files():
    """Each file's name and text."""
    for path in sorted(HERE.glob("*_themes.py")):
        for name, make in import_module(f"conformance.vectors.{path.stem}").FILES.items():
            yield f"{name}.json", json.dumps(make(), ensure_ascii=True, indent=1) + "\n"


if __name__ == "__main__":
    for name, text in files():
        (HERE / name).write_text(text, encoding="utf-8")
