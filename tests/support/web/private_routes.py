"""The routes of a private ledger."""

import binascii
import json
import re
from urllib.parse import quote

from support.ledger.world import Actor
from support.web.roles import behind

from suyuan.web.app.routes import ACTS, ENTRIES, INSPECTOR_IF_PRIVATE, PARTY

ENDS = {"session.sign_out", "signin.signout", "session.sign_in", "session.challenge"}


def of_officers(app):
    """Routes to all entries' derived data: for officers and auditors, 403 to others."""
    return behind(app, ENTRIES, ACTS, INSPECTOR_IF_PRIVATE)


def of_parties(app):
    """Routes to the stall's trade: for it, its mandate's holder and its inspectors."""
    return behind(app, PARTY)


def names(rival: Actor) -> tuple[str, ...]:
    return (rival.uri, rival.uri.rsplit("/", 1)[1], quote(rival.uri, safe=""), "对手摊",
            json.dumps("对手摊")[1:-1])  # fmt: skip


def everything(data: bytes) -> bytes:
    """An answer's bytes, with those of the base64 in it."""
    packed = re.findall(rb"[A-Za-z0-9+/]{80,}", data)
    return data + b"".join(binascii.a2b_base64(raw + b"==") for raw in packed if len(raw) % 4 != 1)
