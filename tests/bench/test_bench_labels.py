"""Serialised labels as PDF, beside `qrcode` computing their symbols alone, its mask search too.

SUYUAN_BENCH_LABELS sets how many (default 1,000).
"""

from datetime import UTC, datetime

import pytest
import qrcode
from bench.making import ROUNDS, median, seconds, size
from qrcode.constants import ERROR_CORRECT_Q
from support.goods.labels import labels

from suyuan.trace.labels.label_pdf import render_pdf
from suyuan.trace.labels.label_raster import render_tspl, render_zpl
from suyuan.trace.labels.label_sizes import SIZES
from suyuan.trace.labels.qr_symbol import symbols

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LABELS = size("LABELS", 1_000)


def test_labels_to_pdf():
    made = labels(LABELS)
    some = made[: max(1, LABELS // 5)]  # each takes as long as the other

    def alone() -> None:
        for label in some:
            code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0)
            code.add_data(label.url)
            code.make(fit=True)

    ways = {
        "qrcode alone": (len(some), alone),
        "symbols": (LABELS, lambda: list(symbols([label.url for label in made]))),
        "PDF 60x40": (LABELS, lambda: render_pdf(made, SIZES["60x40"], when=datetime.now(UTC))),
        "PDF a4-3x7": (LABELS, lambda: render_pdf(made, SIZES["a4-3x7"], when=datetime.now(UTC))),
        "ZPL 60x40": (LABELS, lambda: render_zpl(made, SIZES["60x40"])),
        "TSPL 60x40": (LABELS, lambda: render_tspl(made, SIZES["60x40"])),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (count, run) in ways.items():
            rates[name].append(count / seconds(run))
    alone_rate = median(rates["qrcode alone"])
    print(f"\n{LABELS:,} labels of one lot, each with its serial; labels a second:")
    for name, values in rates.items():
        print(f"  {name:<14}{median(values):>8,.0f}  {median(values) / alone_rate:.2f}")
