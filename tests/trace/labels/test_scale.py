"""Codes to key into a scale."""

from suyuan.trace.labels.item_labels import natural, scale_codes

STALL = "https://trace.food.example/party/A"


def lots(count):
    return [(n, f"https://trace.food.example/t/{n}") for n in range(count)]


def test_five_digits_that_begin_with_none():
    found = scale_codes(lots(500), STALL).values()
    assert all(10_000 <= code <= 99_999 for code in found)


def test_lots_that_a_stall_has_at_a_time_never_share_one():
    many = lots(3_000)
    assert len({natural(item, STALL) for _, item in many}) < 3_000  # some would clash
    assert len(set(scale_codes(many, STALL).values())) == 3_000


def test_a_lot_that_comes_changes_no_code_of_those_there():
    many = lots(3_000)
    before = scale_codes(many[:2_900], STALL)
    after = scale_codes(reversed(many), STALL)
    assert before.items() <= after.items()


def test_another_stall_has_other_codes():
    one, other = (
        scale_codes(lots(50), STALL),
        scale_codes(lots(50), STALL + "B"),
    )
    assert one != other and one == scale_codes(lots(50), STALL)
