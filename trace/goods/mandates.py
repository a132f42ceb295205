"""Mandates that a party gave and was given, as of a moment."""

from datetime import datetime
from functools import cache, partial
from typing import Literal

from suyuan.keys.validity import Mandate
from suyuan.trace.format.json_values import Form, Json, described
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import mandates_to, registered_name

State = Literal["ahead", "in_force", "over", "withdrawn"]


class MandateStateJson(Form):
    """A mandate: `to` may record these steps for `party`, signed from `start` until before `until`.

    Both are UTC seconds.
    """

    party: str
    name: str | None
    to: str
    to_name: str | None
    steps: tuple[str, ...]
    start: str
    until: str
    index: int = described("Of the statement that gave it")
    withdrawn: int | None = described("Index of the statement that withdrew it")
    state: State


class MandatesJson(Form):
    """Mandates that a party gave and was given, in order of the log."""

    given: list[MandateStateJson]
    received: list[MandateStateJson]


def mandates_of(reader: Reader, party: str, now: datetime) -> tuple[list[Json], list[Json]]:
    """The mandates that a party gave, and those that it was given, for programs."""
    name, moment = cache(partial(registered_name, reader)), second(now)

    def written(mandate: Mandate) -> Json:
        return MandateStateJson.write(
            mandate,
            party=mandate.giver,
            name=name(mandate.giver),
            to_name=name(mandate.to),
            index=mandate.given,
            state=mandate.state(moment),
        )

    given, received = reader.mandates(party), mandates_to(reader, party)
    return [written(one) for one in given], [written(one) for one in received]


def second(moment: datetime) -> str:
    """A moment as statements write it: a UTC second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
