"""The command line as tests run it: in this process, every error a sentence."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from support.ledger.world import days_ago

from suyuan.trace.cli.main import run
from suyuan.web.server.cli import cli

PASSPHRASE = b"correct horse"


class Result(NamedTuple):
    """A command's exit code and output."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON document that it printed."""
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last word that it printed."""
        return self.out.split()[-1]


class Load(NamedTuple):
    """The lot that a farm has sent a shop, and the index of its dispatch."""

    farm: str
    shop: str
    lot: str
    index: int


class Suyuan:
    """Runs commands, and makes by them the parties and keys that many tests begin with."""

    def __init__(self, *always: object) -> None:
        """Run each command with the options `always` behind its own."""
        self._always = always

    def __call__(self, *arguments: object) -> Result:
        """The result of a command, be it an error."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = run(cli, [str(argument) for argument in (*arguments, *self._always)])
        texts = []
        for stream in (out, err):
            stream.flush()
            texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
        assert "Traceback" not in "".join(texts)
        return Result(code, *texts)

    def good(self, *arguments: object) -> Result:
        """The result of a command, which must end with 0."""
        result = self(*arguments)
        assert result.code == 0, result.err
        return result

    def refused(self, why: str, *arguments: object) -> Result:
        """The result of a command, which must refuse its input with a reason."""
        done = self(*arguments)
        assert done.code == 2 and why in done.err, done.err
        return done

    def init(self, origin: str = "trace.food.example/log") -> None:
        """Make a ledger in the folder."""
        self.good("init", "--origin", origin, "--division", "3502")

    def party(self, name: str, role: str, *more: str, key: str | None = None) -> str:
        """The URI of a new party, whose key is in `key`, a file named after its role."""
        file = f"{key or role}.key"
        if "--division" not in more:
            more += ("--division", "350206")
        uri = self.good(
            "party", "add", "--name", name, "--role", role, *more, "--key", "authority.key"
        ).last
        self.good("keys", "new", file)
        self.good("keys", "enrol", uri, file, "--key", "authority.key")
        return uri

    def lot(self, *more: object, key: str = "farm.key") -> str:
        """The URI of a new lot of 80 kg."""
        return self.good(
            "record", "new", "--step", "code", "--product", "上海青", "--quantity", "80",
            "--produced", days_ago(1), "--key", key, *more,
        ).last  # fmt: skip


suyuan = Suyuan()
