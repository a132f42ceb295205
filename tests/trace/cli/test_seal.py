"""`suyuan seal`: an office's seal made, listed, replaced, revoked; nobody else has one."""

import json

from support.ledger.commands import Suyuan


def test_an_offices_seal_from_its_making_to_its_revocation(suyuan: Suyuan) -> None:
    suyuan.init()
    office = suyuan.party("思明区市场监督管理局", "office", "--division", "350203")
    shop = suyuan.party("和顺", "stall", "--division", "350203")
    suyuan.refused("is no office", "seal", "new", shop, "--word", "厦思市监")
    suyuan.good("seal", "new", office, "--word", "厦思市监")
    assert suyuan.good("seal", "root", office).out.startswith("-----BEGIN CERTIFICATE-----")
    suyuan.good("seal", "rotate", office)
    suyuan.good("seal", "revoke", office, 2)
    suyuan.refused("no seal key 7", "seal", "revoke", office, 7)
    listed = json.loads(suyuan.good("seal", "list", office, "--json").out)
    assert [(key["number"], key["reason"]) for key in listed] == [
        (1, "superseded"),
        (2, "key_compromise"),
    ]
