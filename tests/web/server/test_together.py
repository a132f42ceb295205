"""Which requests the appending thread does: short ones of routes declared so, once it runs."""

import threading

import pytest
from support.ledger.world import World, event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import MAX_ENTRY
from suyuan.web.factory import create_app
from suyuan.web.server import serving

LINKS = {"PATH_INFO": "/api/v1/links", "CONTENT_LENGTH": "1200", "HTTP_HOST": "x"}


@pytest.fixture
def together(small: World):
    return serving._together(create_app(small.home, ledger=small.ledger))


def test_a_short_request_that_appends_is_done_by_that_thread(small: World, together) -> None:
    done = threading.Event()
    names: list[str] = []

    def job() -> None:
        names.append(threading.current_thread().name)
        done.set()

    assert together(LINKS, job) and done.wait(60)
    assert names == ["suyuan-append"]


@pytest.mark.parametrize(
    "more",
    [
        {"PATH_INFO": "/api/v1/heads"},
        {"PATH_INFO": "/"},
        {"CONTENT_LENGTH": str(MAX_ENTRY + 1)},
        {"HTTP_ACCEPT_LANGUAGE": "de," * 400},
        {"HTTP_COOKIE": "a=" + "b" * serving.LONGEST},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_may_take_long_is_not(together, more: dict[str, str]) -> None:
    assert not together(LINKS | more, lambda: pytest.fail("it was done"))


def test_a_process_that_has_appended_nothing_has_no_such_thread(small: World) -> None:
    farm = small.party("青山农场", "producer")
    other = small.reopen()
    ask = serving._together(create_app(small.home, ledger=other))
    assert not ask(LINKS, lambda: pytest.fail("it was done"))
    other.append([farm.pen.sign(Draft(event=event("code", small.new_lot(), "1")))])
    done = threading.Event()
    assert ask(LINKS, done.set) and done.wait(60)
    other.close()
