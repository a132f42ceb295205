"""Reading the code in a photo, in a process of its own: by size, with and without pauses."""

import io
import time

import pytest
import qrcode
from bench.making import ROUNDS, median
from PIL import Image

from suyuan.trace.recording import pictures

pytestmark = [pytest.mark.bench, pytest.mark.slow]
TEXT = "https://trace.food.example/t/0123456789ABCDEF/0123456789ABC"


def photo(width: int, height: int) -> bytes:
    """A code on a grey ground, as a telephone would send it."""
    ground = Image.effect_noise((width, height), 40).convert("RGB")
    ground.paste(qrcode.make(TEXT).get_image().convert("RGB").resize((height // 3,) * 2), (50, 50))
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=85)
    return out.getvalue()


def test_a_scan():
    print("\nms a scan, medians: with pauses of a second, in a row")
    for size in ((900, 700), (2_000, 1_500), (4_000, 3_000)):
        data, medians = photo(*size), []
        for pause in (1.0, 0.0):
            times = []
            for _ in range(ROUNDS):
                time.sleep(pause)
                began = time.perf_counter()
                assert pictures.codes(data) == [TEXT]
                times.append(1_000 * (time.perf_counter() - began))
            medians.append(f"{median(times):.0f}")
        print(f"  {size[0]} x {size[1]}: {', '.join(medians)}")
