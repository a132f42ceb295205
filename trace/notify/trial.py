"""A test of one address: what is sent says that it is a test and that nothing has happened."""

import json
import secrets
from datetime import UTC, datetime

from ..store.preferences import Contact
from .mail import Letter

_TEXT = """这是一封测试邮件：{host} 的暂控和召回通知将发到此地址。没有发生任何事，无需处理。

This is a test: notices of holds and recalls in {host} will come to this address. Nothing has
happened, and there is nothing to do.
"""


def trial_letter(to: Contact, host: str) -> Letter:
    """A test e-mail."""
    subject = "溯源通知测试 / Suyuan: a test of notices"
    key = secrets.token_hex(32)
    return Letter(key, to.address, subject, _TEXT.format(host=host), is_drill=True)


def trial_body(to: Contact, origin: str, now: datetime) -> bytes:
    """A test for a webhook: `type` is `test`."""
    said = {
        "type": "test",
        "timestamp": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "data": {"ledger": origin, "party": to.party},
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
