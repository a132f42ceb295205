"""How long work takes, in seconds of a machine of ours: a slow machine is no slow program.

Each figure is a ratio to a yardstick that is timed beside it, and the least of some, since a
collection of garbage is nobody's fault.
"""

import json
import time
from collections.abc import Callable

YARDSTICK = json.dumps({str(number): [number, {"a": "b"}] for number in range(20_000)})
OURS = 0.01  # seconds in which a machine of ours read it
LEAST = 0.1  # no machine is taken to be quicker than ours by more


def pace() -> float:
    """How many times slower than ours this machine is just now."""
    return max(least(lambda: json.loads(YARDSTICK), 5) / OURS, LEAST)


def least(run: Callable[[], object], times: int = 3) -> float:
    """The least processor time of this thread that a call took, in seconds of this machine."""
    spent = []
    for _ in range(times):
        begun = time.thread_time()
        run()
        spent.append(time.thread_time() - begun)
    return min(spent)


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """The least that a call took, in seconds of a machine of ours.

    Or the most that this may be, where it is less than one: nobody asks for more, and most of the
    time went into the yardstick.
    """
    if (most := least(run, 1) / LEAST) < 1:
        return most
    before = pace()
    spent = least(run, times)
    return spent / max(before, pace())
