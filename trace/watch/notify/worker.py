"""The worker's part that sends notices: from the ledger to jobs, from jobs to those concerned."""

import logging
import threading
import time
from collections.abc import Callable

from suyuan.trace.ledger.ledger import Ledger

from .delivery import Delivery
from .outbox import Outbox

PAUSE, PAUSE_FAILED = 1.0, 60.0  # seconds between two looks; the most after failures
TIDY = 60.0  # seconds
_PATIENCE = 3.0  # seconds that posting has to end
_log = logging.getLogger("suyuan.notify")


def send_notices(ledger: Ledger, is_over: threading.Event) -> None:
    """Send notices to those whom holds and recalls concern, until `is_over` is set.

    Whatever fails is tried again, after longer and longer pauses. Webhooks have a thread of their
    own: neither way waits for the other.
    """
    posting = threading.Thread(target=_post, args=(ledger, is_over), daemon=True)
    posting.start()
    outbox = Outbox(ledger)
    delivery = Delivery(ledger, is_over=is_over.is_set)
    tidied = float("-inf")

    def look() -> str | None:
        nonlocal tidied
        outbox.sweep(is_over.is_set)
        if time.monotonic() - tidied > TIDY:
            tidied = time.monotonic()
            delivery.tidy()
        return delivery.mail()

    _repeat("e-mail", look, is_over)
    posting.join(_PATIENCE)


def _post(ledger: Ledger, is_over: threading.Event) -> None:
    _repeat("webhooks", Delivery(ledger, is_over=is_over.is_set).post, is_over)


def _repeat(what: str, look: Callable[[], str | None], is_over: threading.Event) -> None:
    """Look again and again; each new trouble is said once."""
    pause, logged = PAUSE, None
    while not is_over.wait(pause):
        try:
            trouble = look()
            pause = PAUSE
        except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
            trouble = f"{type(error).__name__}: {error}"
            pause = min(2 * pause, PAUSE_FAILED)
        if trouble is not None and trouble != logged:
            _log.error("%s cannot be sent, it is tried again: %s", what, trouble)
        logged = trouble or logged
