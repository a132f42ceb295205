"""A complete example of each step, as POST /api/v1/events/draft takes it: all that it looks at.

LOT and SECOND are what one has, BOX a container, PLACE one of one's places, RECIPIENT who gets the
goods, FILE the SHA-256 of a file that was handed in. docs/steps.md is made from them.
"""

from typing import Any

from suyuan.trace.format.vocabulary import FORMS, STEPS

_VALUES = {
    "product": "上海青",
    "produced": "2025-03-01",
    "shelf_life": "5",
    "origin": "福建省厦门市同安区",
    "substance": "啶虫脒",
    "dose": "每亩 10 g",
    "withdrawal": "7",
    "certificate": "XM-2025-0118",
    "temperature": "4",
    "result": "合格",
    "to": "RECIPIENT",
    "note": "SH-20250301-03",
    "reason": "失水",
}
_REMARK = {"remark": "早上装车", "person": "陈师傅"}


def example(step: str) -> dict[str, Any]:
    """The body that records a step, with every member that it asks for.

    `to_name` stands in the place of `to` where the recipient is not in the ledger.
    """
    form = FORMS[step]
    amount = {} if form.amount == "none" else {"quantity": "12.5", "unit": "KGM"}
    goods = [{"item": item, **amount} for item in ("LOT", "SECOND")]
    if form.may_be_new:
        goods = [{"item": "new", **amount}]
    body: dict[str, Any] = {"step": step, "goods": goods if form.is_many else goods[:1]}
    if form.makes:
        body["made"] = [{"product": "净菜", "quantity": "20", "unit": "KGM"}]
    if form.has_container:
        body["container"] = "new" if form.may_be_fresh else "BOX"
    body |= {"time": "2025-03-01T08:30:00+08:00", "place": "PLACE"}
    body |= {name: _VALUES[name] for name in form.fields if name in _VALUES}
    hidden = _REMARK | ({"price": "4.80"} if form.is_priced else {})
    readers = dict.fromkeys(hidden, "chain") | {"person": "own"}
    readers |= {"price": "sides"} if form.is_priced else {}
    file = {"sha256": "FILE", "kind": "certificate", "salt": "", "audience": "chain"}
    return body | hidden | {"readers": readers, "files": [file]}


EXAMPLES: Any = [example(step) for step in STEPS if step in FORMS]
