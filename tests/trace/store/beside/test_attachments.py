"""Attachments: kept by their content, durable, and never another content."""

import hashlib
import os
from pathlib import Path

import pytest

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.files import durable
from suyuan.trace.store.files.attachments import Attachments

DATA = "一张检测报告".encode()
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "attachments")


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "attachments" / NAME[:2] / NAME


def test_what_is_put_is_got_and_twice_is_once(kept: Attachments, tmp_path: Path) -> None:
    assert kept.put(DATA) == kept.put(DATA) == NAME
    assert kept.get(NAME) == DATA
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [file_of(tmp_path)]
    assert kept.put(b"") == hashlib.sha256(b"").hexdigest() and kept.get(kept.put(b"")) == b""


def test_another_content_is_none_and_is_made_good_by_putting_again(kept, tmp_path):
    kept.put(DATA)
    for wrong in (b"", DATA[:-1], DATA + b" "):
        file_of(tmp_path).write_bytes(wrong)
        assert kept.get(NAME) is None
    assert kept.put(DATA) == NAME and kept.get(NAME) == DATA


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 63, "a" * 65, NAME.upper(), NAME + "\n",
     NAME[:62] + "/x", "a" * 64, "ａ" * 64, "\0" * 64],
)  # fmt: skip
def test_other_names_and_a_folder_in_its_place_are_none(kept, tmp_path: Path, name: str) -> None:
    kept.put(DATA)
    assert kept.get(name) is None
    file_of(tmp_path).unlink()
    file_of(tmp_path).mkdir()
    assert kept.get(NAME) is None


def test_it_is_durable_before_put_returns(kept, tmp_path, monkeypatch):
    """The file before it has its name; then the name, and the folder that is new."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted(descriptor: int) -> None:
        done.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        sync(descriptor)

    monkeypatch.setattr(durable.os, "fsync", noted)
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (done.append("renamed"), replace(self, to))[1]
    )
    kept.put(DATA)
    assert done[0] == "attachments" and done[1].endswith(".part")
    assert done[2:] == ["renamed", NAME[:2]]
    assert file_of(tmp_path).read_bytes() == DATA
    done.clear()
    kept.put(DATA)  # whose name another process may have written a moment ago
    assert done == [NAME[:2]]


def test_a_write_that_fails_leaves_nothing(kept, tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        if not Path(os.readlink(f"/proc/self/fd/{descriptor}")).is_dir():
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(durable.os, "fsync", full)
        with pytest.raises(LedgerError, match="No space left"):
            kept.put(DATA)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert kept.get(NAME) is None and kept.put(DATA) == NAME
