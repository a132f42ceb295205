"""What a code names as a linkset, and the description of this resolver."""

import pytest
from support.ledger.world import HOST, event
from support.web.client import page_of

from suyuan.trace.format.identifiers import codes

LINKSET = "application/linkset+json"
VOC = "https://ref.gs1.org/voc/"
LOT = "https://id.gs1.org/01/06901234567892/10/L1"
UNIT = "https://id.gs1.org/00/069012345600000016"


@pytest.fixture
def told(small, farm):
    lot = small.coded_lot(farm)
    small.code(farm, LOT)
    small.do(farm, event("store", LOT))
    small.ledger.followers.catch_up()
    return farm, lot


def paths(told):
    farm, lot = told
    return {
        page_of(lot, farm.uri): f"https://{HOST}{page_of(lot, farm.uri)}",
        f"/t/{codes.in_uri(lot, HOST)}": f"https://{HOST}/t/{codes.in_uri(lot, HOST)}",
        "/01/06901234567892/10/L1": LOT,
    }


def test_it_is_given_by_accept_and_by_query(client, told):
    for path, anchor in paths(told).items():
        for answer in (
            client.get(path, headers={"Accept": LINKSET}),
            client.get(f"{path}?linkType=all"),
            client.get(f"{path}?linkType=linkset"),
        ):
            assert (answer.status_code, answer.mimetype) == (200, LINKSET)
            assert "Accept" in answer.vary and answer.headers["Access-Control-Allow-Origin"] == "*"
            (found,) = answer.get_json(force=True)["linkset"]
            assert found["anchor"] == anchor
            pages = found[f"{VOC}pip"]
            assert [one["hreflang"] for one in pages] == [["zh"], ["en"]]
            for one in found[f"{VOC}traceability"] + found[f"{VOC}certificationInfo"]:
                assert one["type"] and one["title"]
                there = client.get(one["href"].removeprefix(f"https://{HOST}"))
                assert there.status_code == 200, one


def test_one_link_type_leads_where_it_is(client, told):
    path = next(iter(paths(told)))
    for name in ("traceability", "gs1:traceability", f"{VOC}traceability", "gs1:pip"):
        answer = client.get(f"{path}?linkType={name}", headers={"Accept-Language": "en-GB"})
        assert answer.status_code == 307
        assert answer.headers["Location"] == f"https://{HOST}{path}?lang=en"
    answer = client.get(f"{path}?linkType=gs1:traceability", headers={"Accept-Language": "fr"})
    assert answer.headers["Location"].endswith("lang=zh")
    answer = client.get(f"{path}?linkType=gs1:certificationInfo")
    assert answer.headers["Location"].endswith("/evidence")


@pytest.mark.parametrize("asked", ["gs1:recipeInfo", "x", "", "anchor", "itemDescription"])
def test_a_link_type_that_is_not_there_is_told(client, told, asked):
    answer = client.get(
        f"{next(iter(paths(told)))}?linkType={asked}", headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_is_not_ours_has_none(client):
    for path in ("/t/0000000000000000", "/01/06901234567892/10/other", "/00/1"):
        answer = client.get(path, headers={"Accept": LINKSET})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert client.get(f"{path}?linkType=all").mimetype == "application/problem+json"


def test_a_page_names_its_linkset_the_kept_one_too(client, told):
    path = next(iter(paths(told)))
    for _ in range(2):
        link = client.get(path).headers["Link"]
        assert link == f'<{path}?linkType=all>; rel="linkset"; type="{LINKSET}"'
    assert client.get(path, headers={"Accept": "application/json"}).mimetype != "text/html"


def test_the_resolver_describes_itself(client):
    answer = client.get("/.well-known/gs1resolver")
    found = answer.get_json()
    assert found["resolverRoot"] == f"https://{HOST}"
    assert found["supportedPrimaryKeys"] == ["01", "00"]
    assert found["supportedLinkType"] == [{"namespace": VOC, "prefix": "gs1:"}]
    assert found["linkTypeDefaultCanBeLinkset"] is False
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
