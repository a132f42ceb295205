"""Other users of the machine read or change nothing of a home, whatever its umask was."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from suyuan.trace.cli.main import run
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.ledger.home import OTHERS, open_ledger
from suyuan.web.factory import create_app
from suyuan.web.server import cli as front

ORIGIN = "trace.food.example/log"


def suyuan(*arguments: str) -> int:
    return run(front.cli, arguments)


def open_to_others(home: Path) -> dict[str, str]:
    """What of a home others may open, with its mode."""
    found = {path: path.stat().st_mode for path in (home, *home.rglob("*"))}
    return {str(path): stat.filemode(mode) for path, mode in found.items() if mode & OTHERS}


@pytest.fixture(params=[0, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    assert os.umask(before) == request.param, "a command leaves the umask as it was"


@pytest.fixture
def home(tmp_path, monkeypatch, umask):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "long enough to be none")
    monkeypatch.delenv("SUYUAN_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert suyuan("init", "--origin", ORIGIN, "--division", "3502") == 0
    return tmp_path / "suyuan-data"


def test_a_new_home_is_its_owners_alone(home):
    open_ledger(home).close()
    assert (home / "suyuan.db").exists() and open_to_others(home) == {}


def test_so_is_what_commands_write_there_later(home, tmp_path):
    for command in (["audit"], ["auditors", "add", "press"], ["overdue"]):
        assert suyuan(*command) == 0
    assert (home / "auditors.json").exists()
    assert open_to_others(home) == {}
    assert suyuan("publish", str(tmp_path / "public" / "log")) == 0
    for path in (tmp_path / "public", *(tmp_path / "public").rglob("*")):
        assert path.stat().st_mode & 0o004, f"{path} is for a web server"


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0], indirect=True)
def test_a_demos_home_is_too(tmp_path, umask, monkeypatch):
    monkeypatch.delenv("SUYUAN_DATABASE_URL", raising=False)
    assert suyuan("demo", "--home", str(tmp_path / "city"), "--no-serve") == 0
    assert open_to_others(tmp_path / "city") == {}


@pytest.mark.parametrize("umask", [0o022], indirect=True)
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o720])
def test_a_home_that_is_open_to_others_is_not_started(home, capsys, mode):
    home.chmod(mode)
    for command in (["serve"], ["worker"], ["audit"], ["rebuild", "search"], ["export", "x"]):
        assert suyuan(*command) == 2
        said = capsys.readouterr().err
        assert "open to other users" in said and "chmod -R go-rwx suyuan-data\n" in said
    subprocess.run(["chmod", "-R", "go-rwx", "suyuan-data"], check=True)
    assert suyuan("audit") == 0


@pytest.mark.parametrize("umask", [0o022], indirect=True)
def test_nor_by_a_server_of_ones_own_nor_one_that_belongs_to_another(home, monkeypatch, capsys):
    home.chmod(0o755)
    with pytest.raises(LedgerError, match="chmod"):
        create_app(home)
    home.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)
    assert suyuan("audit") == 2
    assert "belongs to another user" in capsys.readouterr().err


def test_an_older_home_is_closed_by_its_upgrade(home, capsys):
    home.chmod(0o755)
    assert suyuan("upgrade") == 0
    assert "was open to other users" in capsys.readouterr().err
    assert suyuan("audit") == 0
