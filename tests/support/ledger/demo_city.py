"""A demo city as it is built, and its links read."""

import re
from datetime import date

from suyuan.trace.cli.demo import city
from suyuan.trace.cli.demo.cast import Cast
from suyuan.trace.format.link import parse

TODAY = date(2026, 11, 24)


CHINESE = re.compile(r"[\u4e00-\u9fff]")


STEP = "urn:suyuan:step:"


class City:
    """One build, read back once."""

    def __init__(self, home, today=TODAY, seed="suyuan", progress=None):
        self.home = home
        self.ledger = city.build(home, seed=seed, today=today, progress=progress)
        with self.ledger.reading() as reader:
            self.entries = [stored.entry for stored in reader.links()]
            self.checkpoints = list(reader.checkpoints())
            self.parties = reader.parties()
        self.links = [parse(entry) for entry in self.entries]
        self.by_hash = {link.hash: link for link in self.links}
        self.names = {uri: key for key, uri in Cast(seed, today).items.items()}

    @property
    def events(self):
        return [link for link in self.links if link.event is not None]

    def statements(self, kind):
        return [link for link in self.links if link.statement and link.statement["type"] == kind]
