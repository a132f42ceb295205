"""What the differential tests draw from; SUYUAN_EXAMPLES=20000 makes a long run of them."""

import os

from conformance.vectors import links_themes, making
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("SUYUAN_EXAMPLES", "0"))


def examples(count):
    return settings(
        max_examples=EXAMPLES or count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


CODED = links_themes.CODES[:2]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70), st.just(2**53 - 1), st.floats(-1e22, 1e22),
    st.text(max_size=6),
    st.sampled_from([
        "", "urn:x:y", "x", making.FARM, making.MARKET, making.STALL, making.DIGEST, "350206",
        "2026-11-24T08:00:00Z", "2026-02-29T08:00:00Z", "own", "received", "stall", "1.5", "0",
        making.LOT, CODED[0], "ADD", "admit", "change", "leave", "give", "party", "key",
        "urn:epc:id:sgtin:6901234.056789.A%2", "https://x/01/06901234567892/10/ü", "Ed25519",
        "TransformationEvent", "ObjectEvent",
    ]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
