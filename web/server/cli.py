"""`suyuan` whole: the ledger's own commands, and those that serve it."""

import sys

from suyuan.trace.cli.main import cli, run

# fmt: off
COMMANDS = {
    "serve": ("serve_cli", "Serve the ledger's pages and its API, with a `worker` beside it."),
    "worker": ("serve_cli", "Follow the ledger: derive what pages and queries need from new links, until ended."),
    "demo": ("serve_cli", "Make a small, real-looking city and serve it: nothing else is needed."),
    "witness": ("witness_cli", "Run a witness: it cosigns the checkpoints of logs that only ever grow."),
    "scripts": ("scripts_cli", "The scripts by which people sign in browsers: this release's, recorded, or a server's."),
}
# fmt: on
cli.add("suyuan.web.server", COMMANDS)


def main() -> None:
    """The console script's entry."""
    sys.exit(run(cli))


if __name__ == "__main__":
    main()
