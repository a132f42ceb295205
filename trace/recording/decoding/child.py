"""The process that decodes one file and ends: `python -m suyuan.trace.recording.decoding.child`."""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from . import raster_reading, whole_files
from .decoders import SECONDS, Header, NotDecoded, number, receive, send

_NO_MEMORY = "it takes more memory to read than is given to a file: make it smaller"

TASKS: dict[str, Callable[[bytes, Header], tuple[Header, bytes]]] = {
    "codes": raster_reading.codes,
    "photo": raster_reading.photo,
    "page": raster_reading.page,
    "paper": whole_files.paper,
}


def main() -> None:
    """Say that it is ready, read one file, answer."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for shown in (1, 2):  # what libraries print is no answer, and nobody's log
        os.dup2(nowhere, shown)
    answers.write(b".")
    answers.flush()
    try:
        header, data = receive(sys.stdin.buffer)
    except EOFError:
        return
    _limit(number(header["memory"]))
    send(answers, *answered(header, data))


def answered(header: Header, data: bytes) -> tuple[Header, bytes]:
    """What the named task makes of a file, or why it is refused."""
    try:
        return TASKS[str(header["task"])](data, header)
    except NotDecoded as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        return {"refused": _NO_MEMORY}, b""
    except Exception as error:  # noqa: BLE001  whatever a decoder says of bytes from outside
        return {"refused": f"the file cannot be read: {str(error)[:100]}"}, b""


def _limit(memory: int) -> None:
    """Hold this process to so many bytes more, to its time, and to no files."""
    limits = (
        (resource.RLIMIT_CPU, int(SECONDS)),
        (resource.RLIMIT_AS, _mapped() + memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, most in limits:
        with suppress(ValueError, OSError):  # not to be had on this system
            resource.setrlimit(limit, (most, most))


def _mapped() -> int:
    """The bytes of address space that this process has; half a gigabyte where nothing says so."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 512 << 20


if __name__ == "__main__":
    main()
