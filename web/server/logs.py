"""What is logged on standard error: a line each, by level; of a request what it was, never whose.

A request's line has the rule of its route, as codes, receipts and invitations stand in paths; no
address, no name, no query and nothing of a body.
"""

import logging
import time

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError
from suyuan.web.app.problems import RULE, request_id

from .rsgi import Answer, Environ

LEVELS = ("error", "warning", "info", "debug")
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"
_LINE = "id=%s method=%s rule=%s status=%d ms=%.1f bytes=%d"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
_OF_MACHINES = ("/healthz", "/readyz", "/metrics", "/static/<path:filename>")
_log = logging.getLogger("suyuan.request")


def configure() -> None:
    """Log on standard error from the level of SUYUAN_LOG_LEVEL on; LedgerError for none of LEVELS.

    At `warning`, the default, a request has a line where it failed here, at `info` each has one but
    those of machines and files, at `debug` these too.
    """
    level = setting("LOG_LEVEL") or "warning"
    if level not in LEVELS:
        raise LedgerError("SUYUAN_LOG_LEVEL is %s: one of %s", repr(level[:40]), ", ".join(LEVELS))
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger("suyuan")
    root.handlers, root.propagate = [handler], False
    root.setLevel(level.upper())


def note_request(environ: Environ, reply: Answer, began: float) -> None:
    """Log a request's one line, if the level asks for it; `began` is by `time.perf_counter`."""
    rule = environ.get(RULE, "-")
    level = logging.ERROR if reply.status >= 500 else logging.INFO
    if rule in _OF_MACHINES:
        level = logging.DEBUG
    if not _log.isEnabledFor(level):
        return
    method = environ["REQUEST_METHOD"]
    method = method if method in _METHODS else "other"
    spent = 1_000 * (time.perf_counter() - began)
    _log.log(level, _LINE, request_id(environ), method, rule, reply.status, spent, len(reply.body))
