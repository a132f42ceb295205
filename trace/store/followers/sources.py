"""A digest of the code and tables by which lineage and doubts are derived.

Rows that other rules made are no tampering, and must not look so: an audit says that they are to
be made anew. A digest forgets no change, as a number kept by hand would.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_TRACE = __package__.removesuffix(".store.followers")
_MODULES = {
    _TRACE: ("ownership", "steps"),
    f"{_TRACE}.lineage": ("lots", "model", "nesting", "shipments", "stays", "stock", "story"),
    f"{_TRACE}.store": ("asking", "facts", "joins", "material", "voiding"),
    f"{_TRACE}.store.followers": ("lineage",),
}
_WHOLE = f"{_TRACE}.plausibility"


@cache
def digest() -> str:
    """64 hex digits; the same for the same release on every machine."""
    found = hashlib.sha256()
    for name, file in sorted(_files(), key=lambda pair: pair[0]):
        found.update(f"{name}\0".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _files() -> Iterator[tuple[str, Traversable]]:
    for package, modules in _MODULES.items():
        for module in modules:
            file = files(package) / f"{module}.py"
            if file.is_file():
                yield f"{package}/{file.name}", file
    root = files(_WHOLE)
    for folder in (root, root / "data"):
        for file in folder.iterdir():
            if file.name.endswith((".py", ".toml")):
                yield f"{_WHOLE}/{folder.name}/{file.name}", file
