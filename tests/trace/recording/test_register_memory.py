"""A table is registered in bounded memory, by the command itself in a process of its own.

SUYUAN_TABLE_ROWS sets how many rows; 100,000 are to take under 500 MiB.
"""

import os
import subprocess
import sys

import pytest
from support.ledger.lengths import length
from support.ledger.world import World, days_ago

ROWS = int(os.environ.get("SUYUAN_TABLE_ROWS", str(length(5_000, 100_000))))
LIMIT_MB = 260 + 240 * ROWS // 100_000  # a process that does nothing yet has over 200
CHILD = """
import sys
from suyuan.trace.cli.main import cli, run
code = run(cli, sys.argv[1:])
status = open("/proc/self/status").read()  # not getrusage: that knows the parent's size
print("peak", int(status.partition("VmHWM:")[2].split()[0]) // 1024)
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.fault
def test_a_table_in_little_memory(tmp_path):
    environment = os.environ | {"SUYUAN_KEY_PASSPHRASE": "x", "SUYUAN_HOME": str(tmp_path / "home")}
    world = World(tmp_path / "home")
    farm = world.party("青山农场", "producer")
    world.ledger.close()
    from suyuan.keys import files

    for name, signer in (("farm.key", farm.signer), ("home/log.key", world.log)):
        files.save(tmp_path / name, signer, b"x")
    with (tmp_path / "b.csv").open("w", encoding="utf-8") as file:
        file.write("产品名称,数量,单位,生产日期,保质期,产地\n")
        for n in range(ROWS):
            file.write(f"菠菜{n % 50},{10 + n % 90}.{n % 10},公斤,{days_ago(1)},3,350212\n")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "register", "b.csv", "--key", "farm.key"],
        cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"{ROWS} batches registered" in done.stdout and "a second" in done.stdout
    assert int(done.stdout.split()[-1]) < LIMIT_MB
    with World.reopen(world).reading() as reader:
        assert reader.size() == 3 + ROWS + 1
        assert reader.unfinished() == []
