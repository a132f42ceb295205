"""The processes among which an audit's tasks are shared: this one, and one for each other core."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from suyuan.trace.store.append.workers import Pool, named

_AHEAD = 2  # tasks that each other process has been given
_MOST = 32  # answers that wait for one before them


class Cores:
    """So many processes, this one among them: it works too while the others begin."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = Pool(count - 1) if count > 1 else None

    def answers(self, questions: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        """The answer of each function, named `module:function`, to its question, in their order.

        Whoever gets several gets them in that order. Raises what `Pool.submit` says.
        """
        running: deque[Future[Any]] = deque()
        for function, question in questions:
            given = sum(not one.done() for one in running)
            if self._pool is not None and given < _AHEAD * (self.count - 1):
                running.append(self._pool.submit(function, question))
            else:
                answer: Future[Any] = Future()
                answer.set_result(named(function)(question))
                running.append(answer)
            while running and (running[0].done() or len(running) > _MOST):
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def close(self) -> None:
        """End the other processes."""
        if self._pool is not None:
            self._pool.close()
