import fcntl
import io
import os
import pty
import subprocess
import sys
import termios

import pytest

from suyuan.keys import settings
from suyuan.keys.errors import KeysError, PassphraseMissing, SettingError
from suyuan.keys.settings import passphrase, setting


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE", raising=False)
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE_FILE", raising=False)


@pytest.fixture
def typed(monkeypatch):
    """Answers prompts on a pretended terminal, in order; EOFError once there are no more."""
    answers, prompts = [], []

    def ask(prompt):
        prompts.append(prompt)
        if not answers:
            raise EOFError
        return answers.pop(0)

    monkeypatch.setattr(settings, "getpass", ask)
    monkeypatch.setattr(
        sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})()
    )
    return answers, prompts


def test_variable_file_and_neither(tmp_path):
    (tmp_path / "f").write_text("from file\n")
    file = str(tmp_path / "f")
    assert setting("X", {}) is None
    assert setting("X", {"SUYUAN_X": "v", "SUYUAN_Y_FILE": file}) == "v"
    assert setting("X", {"SUYUAN_X": ""}) == ""
    assert setting("X", {"SUYUAN_X_FILE": file}) == "from file"
    assert setting("X", {"X": "v", "suyuan_x": "v"}) is None


@pytest.mark.parametrize("value", ["", "v"])
def test_both_set_is_an_error_even_if_one_is_empty(tmp_path, value):
    with pytest.raises(SettingError, match="both SUYUAN_X and SUYUAN_X_FILE are set"):
        setting("X", {"SUYUAN_X": value, "SUYUAN_X_FILE": str(tmp_path / "f")})


@pytest.mark.parametrize(
    ("held", "value"),
    [
        (b"a", "a"), (b"a\n", "a"), (b"a\r\n", "a"), (b"a\n\n", "a\n"), (b" a \n", " a "),
        (b"\n", ""), (b"", ""), ("密\n".encode(), "密"),
    ],
)  # fmt: skip
def test_one_line_end_is_taken_off_a_file(tmp_path, held, value):
    (tmp_path / "f").write_bytes(held)
    assert setting("X", {"SUYUAN_X_FILE": str(tmp_path / "f")}) == value


@pytest.mark.parametrize("name", ["none", ".", "bad"])
def test_a_file_that_cannot_be_read(tmp_path, name):
    (tmp_path / "bad").write_bytes(b"\xff")
    with pytest.raises(SettingError, match=r"SUYUAN_X_FILE names .*cannot be read"):
        setting("X", {"SUYUAN_X_FILE": str(tmp_path / name)})
    with pytest.raises(SettingError, match="cannot be read"):
        setting("X", {"SUYUAN_X_FILE": ""})


@pytest.mark.parametrize("stdin", [None, io.StringIO("typed\n")])
def test_without_a_terminal_nothing_waits(monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(settings, "getpass", lambda _: pytest.fail("asked"))
    with pytest.raises(PassphraseMissing, match="SUYUAN_KEY_PASSPHRASE_FILE") as caught:
        passphrase("the log's key")
    assert str(caught.value).startswith("the log's key needs a passphrase")
    assert isinstance(caught.value, KeysError)


def test_a_setting_is_taken_without_asking(monkeypatch, tmp_path, typed):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "密")
    assert passphrase("k", confirm=True) == "密".encode()
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE")
    (tmp_path / "f").write_text("s\n")
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE_FILE", str(tmp_path / "f"))
    assert passphrase("k") == b"s"
    assert typed[1] == []
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE_FILE")
    monkeypatch.setitem(os.environ, "SUYUAN_KEY_PASSPHRASE", os.fsdecode(b"a\xffb"))
    assert passphrase("k") == b"a\xffb"


def test_an_empty_passphrase_is_refused(monkeypatch, typed):
    typed[0].append("")
    with pytest.raises(SettingError, match="empty"):
        passphrase("k")
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "")
    with pytest.raises(SettingError, match="empty"):
        passphrase("k")


def test_typed_once_or_twice(typed):
    typed[0][:] = ["one", "two", "two", "two", "three"]
    assert passphrase("k") == b"one"
    assert passphrase("k", confirm=True) == b"two"
    with pytest.raises(SettingError, match="differ"):
        passphrase("k", confirm=True)
    with pytest.raises(SettingError, match="no passphrase was typed for k"):
        passphrase("k")
    assert typed[1][:3] == ["Passphrase for k: ", "Passphrase for k: ", "Once more: "]


def test_a_real_terminal_is_asked_without_echo():
    outside, inside = pty.openpty()
    program = "from suyuan.keys.settings import passphrase; print(passphrase('k'))"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=inside, stdout=subprocess.PIPE,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    os.close(inside)
    shown = os.read(outside, 100)
    while b"k: " not in shown:
        shown += os.read(outside, 100)
    os.write(outside, b"s3cret\n")
    assert child.communicate(timeout=120)[0] == b"b's3cret'\n"
    assert b"s3cret" not in shown + os.read(outside, 100)
    os.close(outside)
