"""Makings and packings for histories."""

from datetime import UTC, datetime
from decimal import Decimal

from support.ledger.world import event

from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion

CRATE = "https://id.gs1.org/00/006141411234567890"


PALLET = "https://id.gs1.org/00/006141411234567906"


def part(lot: str, kilos: str = "30") -> Portion:
    return Portion(lot, Decimal(kilos), "KGM")


def packing(step: str, box: str, *lots: str) -> dict:
    return steps.event(step, datetime.now(UTC), [part(lot) for lot in lots], parent=box)


def making(lot: str, *inputs: str, step: str = "make") -> dict:
    return event(step, lot, "20", inputs=[part(item) for item in inputs])
