"""Worker processes that answer questions over a pipe, and calls in threads of their own.

Not `multiprocessing`: that imports the program that runs here once more in each worker, and a
program that is not written for it would do its work twice.
"""

import importlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, Any, TypeVar

_LENGTH = 8
T = TypeVar("T")


class WorkerDied(Exception):
    """The process ended before it answered."""


class Worker:
    """One process that calls one function, named `module:function`, once for each question."""

    def __init__(self, function: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own
            [sys.executable, "-c", f"import {__name__} as w; w.work({function!r})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # an interrupt is for this process, which ends its workers
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, question: Any) -> Any:
        """The answer; WorkerDied where there is none, what the function raised where it raised."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _send(self._process.stdin, question)
            is_good, answer = _receive(self._process.stdout)
        except (OSError, EOFError, ValueError) as error:
            raise WorkerDied(str(error)) from None
        if not is_good:
            raise answer
        return answer

    def close(self) -> None:
        """End the process."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Pool:
    """Several workers for many questions, begun as they are needed, and anew where one died."""

    def __init__(self, processes: int) -> None:
        self._is_here = processes < 2
        self._threads = ThreadPoolExecutor(processes, "workers")
        self._idle: SimpleQueue[dict[str, Worker]] = SimpleQueue()
        for _ in range(processes):
            self._idle.put({})
        self._ahead = processes * 2

    def ask(self, questions: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        """The answer of each function, named `module:function`, to its question, in their order.

        With one process they are called in this one. Raises what `submit` says.
        """
        if self._is_here:
            for function, question in questions:
                yield named(function)(question)
            return
        running: deque[Future[Any]] = deque()
        for function, question in questions:
            running.append(self.submit(function, question))
            if len(running) > self._ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def submit(self, function: str, question: Any) -> "Future[Any]":
        """The answer to come; it is WorkerDied where the worker ended before it answered."""
        return self._threads.submit(self._ask, function, question)

    def _ask(self, function: str, question: Any) -> Any:
        workers = self._idle.get()
        try:
            if function not in workers:
                for other in workers.values():
                    other.close()
                workers.clear()
                workers[function] = Worker(function)
            return workers[function].ask(question)
        except WorkerDied:
            workers.pop(function).close()
            raise
        finally:
            self._idle.put(workers)

    def close(self) -> None:
        """End the processes, once what they were asked is answered."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            for worker in self._idle.get().values():
                worker.close()


def in_thread(function: Callable[..., T], *arguments: object) -> "Future[T]":
    """The future of a call in a thread of its own, which the program's end does not wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:  # noqa: BLE001  it is the caller's
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def named(function: str) -> Callable[[Any], Any]:
    """The function that `module:function` names."""
    module, _, name = function.partition(":")
    target: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    return target


def work(function: str) -> None:
    """In the worker: answer until the pipe is closed."""
    # What is printed by mistake is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    call = named(function)
    while True:
        try:
            question = _receive(sys.stdin.buffer)
        except EOFError:
            os._exit(0)  # what it knows nobody needs: to take it apart takes time
        try:
            answer = (True, call(question))
        except Exception as error:  # noqa: BLE001  for the one who asked
            answer = (False, error)
        _send(answers, answer)


def _send(pipe: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(_LENGTH, "big") + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    length = pipe.read(_LENGTH)
    if len(length) < _LENGTH:
        raise EOFError("the pipe is closed")
    data = pipe.read(int.from_bytes(length, "big"))
    return pickle.loads(data)  # noqa: S301  from our own process
