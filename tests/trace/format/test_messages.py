"""Messages: texts with places, in both languages, and as JSON and back."""

import json
import pickle
from decimal import Decimal

import pytest

from suyuan.keys.errors import KeyFileError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, as_message, msg, msg_in, msgs
from suyuan.trace.format.rules import Refused, Rule

RECORDS = msgs("%(num)d record in the ledger", "%(num)d records in the ledger", 3)
REPORTED = msg("%(name)s (as reported)", name="x")


def test_words_are_of_the_language_and_numbers_have_a_plural_in_english_only():
    assert REPORTED.text("en") == str(REPORTED) == "x (as reported)"
    assert REPORTED.text("zh") == "x（据单据报告）"
    assert (str(RECORDS), RECORDS.text("zh")) == ("3 records in the ledger", "全平台共 3 条记录")
    for num, text in ((1, "1 record in"), (0, "0 records in")):
        message = msgs("%(num)d record in the ledger", "%(num)d records in the ledger", num)
        assert str(message).startswith(text)


def test_a_message_without_values_and_a_text_of_others_are_never_formatted():
    assert str(msg("100% sure")) == msg("100% sure").text("zh") == "100% sure"
    assert as_message("100% %(x)s").text("zh") == "100% %(x)s"
    assert as_message(REPORTED) is REPORTED


def test_values_are_put_in_as_the_language_has_them():
    outer = msg("%(all)s: %(much)s", all=[REPORTED, "y"], much=Decimal("1E+3"))
    assert str(outer) == "x (as reported), y: 1000"
    assert outer.text("zh") == "x（据单据报告）、y: 1000"


def test_what_a_text_is_said_of_is_not_shown():
    assert str(msg_in("a drawing", "Nowhere %(n)s", n=1)) == "Nowhere 1"
    assert msg_in("a drawing", "Nowhere").text("zh") == "Nowhere"


@pytest.mark.parametrize(
    "message", [REPORTED, RECORDS, msg("%(a)s %(b)s", a=[REPORTED, "z", 4], b=RECORDS)]
)
def test_json_gives_the_same_message(message):
    stored = json.loads(json.dumps(message.to_json()))
    assert Message.from_json(stored) == message
    assert Message.from_json(stored).text("zh") == message.text("zh")


def test_refusals_and_errors_carry_messages():
    assert LedgerError("no such file").message.text("zh") == "no such file"
    assert str(LedgerError(REPORTED)) == "x (as reported)"
    assert LedgerError(REPORTED).message is REPORTED
    refused = Refused(Rule.STOCK, REPORTED, fix="say less", retry_after=3)
    again = pickle.loads(pickle.dumps(refused))
    assert (again.reason, again.why) == ("x (as reported)", "x (as reported): say less")
    assert again.message.text("zh") == "x（据单据报告）：say less"
    assert str(again) == str(refused) == "stock: x (as reported): say less"
    assert again.retry_after == 3


@pytest.mark.parametrize(
    "stored",
    [
        "never", "[" * 100_000, '{"msgid":7,"values":{}}',
        '{"msgid":"%(a)9999999999s","values":{"a":"x"}}',
        '{"msgid":"%(a).9999999999d","values":{"a":1}}', '{"msgid":"%(a)*d","values":{"a":1}}',
        '{"msgid":"%(a)d","values":{"a":"x"}}', '{"msgid":"%s","values":{"a":"x"}}',
        '{"msgid":"100%","values":{"a":"x"}}', '{"msgid":"x","values":{"a":null}}',
        '{"msgid":"x","values":{"a":1.5}}', '{"msgid":"x","plural":"y","values":{}}',
        '{"msgid":"x","plural":"y","values":{"num":"' + "9" * 9_999 + '"}}',
        '{"msgid":"x","plural":"%(a)99999999s","values":{"num":2,"a":"x"}}',
        '{"msgid":"%(a)s","values":{"a":{"msgid":"%(b)9999999999s","values":{"b":"x"}}}}',
    ],
)  # fmt: skip
def test_what_somebody_wrote_into_a_row_is_text_and_no_more(stored):
    """Who writes the database neither takes a page away nor has it fill the memory."""
    message = Message.loads(stored)
    for language in ("en", "zh"):
        assert message.text(language) == stored[:500]


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (b"ab", "b'ab'"), (None, "None"), (["a", 2], "a, 2"),
        (LedgerError("%s is no file", "x"), "x is no file"),
        (KeyFileError("%s is there already", "k"), "k is there already"),
    ],
)  # fmt: skip
def test_a_place_takes_any_value_and_an_error_as_what_it_says(value, english):
    assert str(msg("so: %s, 5%%", value)) == f"so: {english}, 5%"
