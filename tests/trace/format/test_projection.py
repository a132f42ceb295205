"""What the store keeps of each item in a link: roles, and quantities that are sums."""

import pytest

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.event_items import Role, id_key, inexact, rows
from suyuan.trace.format.link import parse
from suyuan.trace.format.quantities import Quantity

A, B, C = "https://a.example/x", "https://b.example/y", "https://c.example/z"
KILO = Quantity(1_000_000, "kg")


def link(**event):
    signer = LocalSigner.from_seed(b"1" * 32)
    pen = Pen("trace.food.example/log", "urn:x:actor", signer, dict.fromkeys)
    base = {"type": "ObjectEvent", "eventTime": "2026-11-24T08:00:00Z"}
    draft = Draft(event={**base, "eventTimeZoneOffset": "+00:00", **event})
    return parse(pen.sign(draft))


def of(**event):
    return {row.item: (row.role, row.quantity) for row in rows(link(**event))}


def part(item, quantity=None, uom="KGM"):
    found: dict = {"epcClass": item}
    if quantity is not None:
        found |= {"quantity": quantity} | ({} if uom is None else {"uom": uom})
    return found


@pytest.mark.parametrize(
    ("event", "role"),
    [
        ({"epcList": [A]}, Role.OBJECT), ({"quantityList": [part(A)]}, Role.OBJECT),
        ({"parentID": A}, Role.PARENT),
        ({"childEPCs": [A]}, Role.CHILD), ({"childQuantityList": [part(A)]}, Role.CHILD),
        ({"inputEPCList": [A]}, Role.INPUT), ({"inputQuantityList": [part(A)]}, Role.INPUT),
        ({"outputEPCList": [A]}, Role.OUTPUT), ({"outputQuantityList": [part(A)]}, Role.OUTPUT),
        ({"parentID": A, "childEPCs": [A], "inputEPCList": [A]}, Role.PARENT | Role.CHILD | 8),
    ],
)  # fmt: skip
def test_roles_are_the_lists_that_an_item_stands_in(event, role):
    assert of(**event) == {A: (role, None)}


@pytest.mark.parametrize(
    ("parts", "quantity"),
    [
        ([part(A, 1)], KILO), ([part(A, 0.25), part(A, 0.75)], KILO),
        ([part(A, 400, "GRM"), part(A, 0.6)], KILO), ([part(A, 1), part(A)], KILO),
        ([part(A)], None), ([part(A, 1), part(A, 1, "LTR")], None),
        ([part(A, 1), part(A, 1e-9)], None), ([part(A, 1, "box")], None),
        ([part(A, 9e12), part(A, 9e12)], None), ([part(A, 2, None)], Quantity(2_000_000, "1")),
    ],
)  # fmt: skip
def test_a_quantity_is_the_sum_of_all_mentions_or_none(parts, quantity):
    assert of(quantityList=parts) == {A: (Role.OBJECT, quantity)}


def test_an_item_in_two_roles_has_no_one_quantity():
    found = of(
        type="TransformationEvent",
        inputQuantityList=[part(A, 1), part(B, 1)],
        outputQuantityList=[part(A, 1), part(C, 1)],
    )
    assert found[A] == (Role.INPUT | Role.OUTPUT, None)
    assert (found[B], found[C]) == ((Role.INPUT, KILO), (Role.OUTPUT, KILO))


def test_two_spellings_of_one_lot_are_one_item():
    lot = "https://id.gs1.org/01/06901234567892/10/L1"
    other = "urn:epc:class:lgtin:6901234.056789.L1"
    assert of(quantityList=[part(lot, 0.5)]) == {lot: (Role.OBJECT, Quantity(500_000, "kg"))}
    assert list(of(epcList=["HTTPS://x.example/01/06901234567892/10/L1"])) == [lot]
    assert of(epcList=[lot, other]) == {lot: (Role.OBJECT, None)}


def test_what_is_no_item_has_no_row_and_an_event_without_items_is_the_actors():
    assert of(epcList=["urn:epc:id:sgln:6901234.00001.0", "not a uri"]) == {
        "urn:x:actor": (Role.NONE, None)
    }


def test_quantities_that_do_not_convert_are_told():
    found = link(quantityList=[part(B, 1e-9), part(A, 1, "box"), part(C, 1), part(B, "x")])
    assert inexact(found) == [A, B]


def test_an_event_id_too_long_for_an_index_is_kept_by_its_digest():
    assert id_key("urn:uuid:1") == "urn:uuid:1" and id_key("x" * 512) == "x" * 512
    assert id_key("x" * 513).startswith("sha256:") and len(id_key("链" * 10_000)) == 71
    assert id_key("链" * 10_000) != id_key("链" * 10_001)
