"""Offices' documents: drawn up, signed by two and the party, sealed, served, checked; attacked."""

import hashlib
import io
import re
from datetime import timedelta

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from support.ledger.commands import PASSPHRASE
from support.ledger.world import World
from support.web.client import english
from support.web.offices import ACT, ADDRESS, API, SealingOffice

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.inspection.documents.sealing import judge
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.trace.store.beside.office.documents import DocumentBook, by_code
from suyuan.trace.watch.sweeping import sweep


@pytest.fixture
def desk(small: World, monkeypatch) -> SealingOffice:
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    return SealingOffice(small)


def stages(desk):
    code = desk.case.rsplit("/", 1)[1]
    return desk.client(desk.office).get(f"{API}/cases/{code}").json["stages"]


def test_a_document_from_its_number_to_its_service(desk):
    """Numbered, signed by two and by the party, sealed, named in its case, served, read by all."""
    document = desk.drawn()
    assert document["number"] == f"厦集市监责改〔{document['drawn'][:4]}〕1号"
    assert (document["sealed"], document["signatures"]) == (None, [])
    unsealed = desk.file(desk.people[0], document, "pdf").data
    assert hashlib.sha256(unsealed).hexdigest() == document["sha256"]
    document = desk.sealed(document)
    assert [(one["actor"], one["capacity"]) for one in document["signatures"]] == [
        *((person.uri, "officer") for person in desk.people), (desk.stall.uri, "party"),
    ]  # fmt: skip
    (*_, stage) = stages(desk)
    assert (stage["stage"], stage["files"]) == ("document-sealed", [document["sealed"]])
    assert stage["said"] == {"document": document["number"]}
    desk.confirm()
    answer = desk.act(desk.people[1], document, "service", served_how="electronic")
    assert answer.status_code == 200, answer.text
    (*_, stage) = stages(desk)
    assert (stage["stage"], stage["said"]["served_how"]) == ("document-served", "electronic")
    sealed = desk.file(desk.stall, document).data
    assert sealed.startswith(unsealed) and hashlib.sha256(sealed).hexdigest() == document["sealed"]
    assert judge(sealed, desk.seals, desk.ledger.now()).is_good
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    assert signature.field_name == "Seal"
    text = "".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(sealed))
    assert all(part in re.sub(r"\s", "", text) for part in (ACT, "厦集市监责改", "集美区市场监督"))
    found = desk.check(sha256=document["sealed"]).json
    assert (found["match"], found["is_intact"], found["is_trusted"]) == ("sealed", True, True)
    assert len(found["signatures"]) == 3
    for one in found["signatures"]:
        assert all(one[f"is_{name}"] for name in ("own", "controlled", "unchanged"))
        assert one["is_content_unchanged"]


def test_a_changed_byte_is_said_so(desk):
    document = desk.sealed()
    sealed = bytearray(desk.file(desk.office, document).data)
    sealed[len(sealed) // 2] ^= 1
    changed = hashlib.sha256(sealed).hexdigest()
    assert desk.check(code=document["code"], sha256=changed).json["match"] == "other"
    assert desk.check(sha256=changed).status_code == 404
    for digest, words in ((changed, "this file is not the document"),
                          (document["sealed"], "not changed by one byte"),
                          (document["sha256"], "as it was signed")):  # fmt: skip
        page = english(desk.client(), f"/document/{document['code']}?sha256={digest}")
        assert words in page
        assert ("A 区 12 号" in page) == (digest != changed)  # whoever holds it has read it
    assert "No document of this ledger" in english(desk.client(), f"/document?q={changed}")
    assert "not changed by one byte" in english(desk.client(), f"/document?q={document['sealed']}")


def test_a_file_that_is_changed_here_is_handed_out_to_nobody(desk):
    """Also whoever writes the folder and the row of the database makes it say nothing else."""
    document = desk.sealed()
    with desk.ledger.reading() as reader:
        row = by_code(reader, document["code"])
    path = desk.ledger.private_files._path(row.files["pdf"])
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert desk.file(desk.office, document, "pdf").status_code == 404
    found = desk.check(sha256=document["sealed"]).json
    assert not any(one["is_content_unchanged"] for one in found["signatures"])


def test_it_is_sealed_only_once_both_officers_signed_and_the_party_or_why_not(desk):
    document = desk.drawn()
    for signer in (None, *desk.people[:1]):
        if signer is not None:
            assert desk.sign(signer, document) == 200
            assert desk.sign(signer, document) == 409  # one person is one signature
        answer = desk.act(desk.people[0], document, "seal", refused="拒签")
        assert answer.status_code == 409, answer.text
    assert desk.read(desk.stall, document).status_code == 404  # not before both have signed
    assert desk.sign(desk.stall, document) == 404
    assert desk.sign(desk.people[1], document) == 200
    answer = desk.act(desk.people[0], document, "seal")
    assert (answer.status_code, answer.json["field"]) == (422, "refused")
    assert desk.act(desk.people[0], document, "seal", refused="拒签").status_code == 200
    (*_, stage) = stages(desk)
    assert stage["said"]["refused"] == "拒签"
    first = desk.read(desk.office, document).json["sealed"]
    assert desk.act(desk.people[1], document, "seal", refused="拒签").status_code == 200
    assert desk.read(desk.office, document).json["sealed"] == first


def test_signatures_that_do_not_count(desk):
    """Over another hash or number, by a neighbour, another office's, in another's capacity."""
    document = desk.drawn()
    other = desk.world.party("翔安分局", "office", division="350213")
    theirs = desk.person(other, "王五")
    right = (document["sha256"], document["form"], document["number"])
    for actor, members in (
        (desk.people[0], ("ab" * 32, *right[1:], "officer")),
        (desk.people[0], (*right[:2], "厦集市监责改〔2026〕9号", "officer")),
        (desk.people[0], (*right, "party")),
        (theirs, (*right, "officer")),
        (desk.office, (*right, "officer")),
        (desk.world.party("乙"), (*right, "officer")),
        (desk.world.party("丙"), (*right, "party")),
        (desk.stall, (*right, "officer")),
    ):
        desk.world.say(actor, acts.sign_document(*members))
    assert desk.read(desk.office, document).json["signatures"] == []
    assert desk.act(desk.people[0], document, "seal", refused="x").status_code == 409


def test_an_inspector_whose_certificate_has_ended_signs_nothing_that_counts(desk):
    document = desk.drawn()
    gone = desk.person(desk.office, "赵六")
    assert desk.sign(gone, document) == 200
    late = desk.person(desk.office, "钱七")
    desk.world.say(desk.office, acts.withdraw_mandate(desk.office.uri, late.uri))
    assert desk.sign(late, document) == 409
    said = acts.sign_document(document["sha256"], document["form"], document["number"], "officer")
    desk.world.say(late, said)
    found = desk.read(desk.office, document).json["signatures"]
    assert [one["actor"] for one in found] == [gone.uri]
    for ending in (acts.withdraw_mandate(desk.office.uri, gone.uri),):
        desk.world.say(desk.office, ending)
    assert len(desk.read(desk.office, document).json["signatures"]) == 1  # it was one then


def test_a_key_reported_lost_is_in_nobodys_sole_control(desk):
    document = desk.sealed()
    index = document["signatures"][0]["index"]
    keyid, one = desk.people[0].signer.public.keyid, desk.people[0]
    desk.world.say(desk.office, acts.revoke(one.uri, keyid, compromised_since=index))
    found = desk.check(sha256=document["sealed"]).json
    assert len(found["signatures"]) == 2


def test_nobody_else_reads_draws_signs_seals_or_serves_it(desk):
    document = desk.sealed()
    other = desk.world.party("翔安分局", "office", division="350213")
    theirs, neighbour = desk.person(other, "王五"), desk.world.party("A 区 13 号")
    for actor in (other, theirs, neighbour):
        assert desk.read(actor, document).status_code == 404
        assert desk.sign(actor, document) == 404
        for kind in ("pdf", "sealed", "docx"):
            assert desk.file(actor, document, kind).status_code == 404
        assert desk.draw(actor=actor).status_code in (403, 404)
        for what in ("seal", "service"):
            answer = desk.act(actor, document, what, served_how="hand")
            assert answer.status_code in (403, 404)
    for kind in ("pdf", "sealed", "docx"):
        assert desk.client().get(f"{API}/documents/{document['code']}/file?kind={kind}"
                                 ).status_code == 401  # fmt: skip
    assert desk.draw(actor=desk.stall).status_code == 403
    assert desk.act(desk.stall, document, "seal").status_code == 403
    assert desk.file(desk.stall, document, "docx").status_code == 404
    assert desk.file(desk.office, document, "docx").status_code == 200
    city = desk.world.party("市局", "office", division="350200")  # over the division
    assert desk.file(city, document).status_code == 200
    assert desk.act(city, document, "service", served_how="hand").status_code == 403
    page = english(desk.client(), f"/document/{document['code']}")
    assert "A 区 12 号" not in page and "厦集市监责改" in page
    assert document["sha256"] not in page and document["sealed"] not in page


def test_who_is_asked_to_sign_nothing_reads_it_once_it_is_served(desk):
    values = {"party": "A 区 12 号", "product": "豆腐", "sheet": "1", "report": "2"}
    document = desk.drawn("result-notice", **values)
    for person in desk.people:
        assert desk.sign(person, document) == 200
    assert desk.act(desk.people[0], document, "seal").status_code == 200
    assert desk.read(desk.stall, document).status_code == 404
    assert desk.act(desk.people[0], document, "service", served_how="hand").status_code == 200
    assert desk.file(desk.stall, document).status_code == 200


def test_it_is_served_electronically_only_where_the_party_confirmed_that_itself(desk):
    document = desk.sealed()

    def serve(how="electronic", **more):
        return desk.act(desk.people[0], document, "service", served_how=how, **more)

    assert (serve().status_code, serve().json["field"]) == (422, "served_how")
    paper = desk.drawn("service-address", **ADDRESS)
    assert desk.sign(desk.people[0], paper) == 200
    said = (paper["sha256"], paper["form"], paper["number"])
    desk.world.say(desk.people[0], acts.sign_document(*said, "party"))  # not the party's word
    desk.world.say(desk.world.party("乙"), acts.sign_document(*said, "party"))
    assert serve().status_code == 422
    assert desk.sign(desk.stall, paper) == 200
    assert serve().status_code == 200
    assert desk.sign(desk.stall, paper, withdraw=True) == 200
    assert serve().status_code == 422
    assert serve("hand", served_on="2026-13-01").json["field"] == "served_on"
    assert serve("hand", served_on="2099-01-01").json["field"] == "served_on"
    assert serve("dove").json["field"] == "served_how"
    assert serve("left", remark="拒收，已录像").status_code == 200
    assert stages(desk)[-1]["said"]["remark"] == "拒收，已录像"
    again = desk.confirm()  # the newest counts
    assert serve().status_code == 200 and again["number"].endswith("2号")


def test_no_number_is_given_for_values_that_the_form_does_not_take(desk):
    answer = desk.draw(content="")
    assert (answer.status_code, answer.json["field"]) == (422, "content")
    assert desk.draw(content="调低\ufffe").json["field"] == "content"
    assert desk.draw("dove").json["field"] == "form"
    assert [desk.drawn()["number"][-2:] for _ in range(2)] == ["1号", "2号"]
    assert len({desk.drawn()["code"] for _ in range(2)}) == 2


def test_without_a_seal_there_is_no_number(small, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    monkeypatch.setattr(OfficeSeals, "create", lambda *_: None)
    desk = SealingOffice(small)
    answer = desk.draw()
    assert answer.status_code == 409 and "no seal" in answer.text
    path = f"/cases/{desk.case.rsplit('/', 1)[1]}/document?form=rectification"
    assert "has no seal here yet" in english(desk.client(desk.people[0]), path)


def test_a_seal_key_that_cannot_be_opened_seals_nothing_and_tells_no_path(desk, monkeypatch):
    document = desk.drawn()
    for person in desk.people:
        assert desk.sign(person, document) == 200
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "another")
    answer = desk.act(desk.office, document, "seal", refused="拒签")
    assert answer.status_code == 409 and str(desk.world.home) not in answer.text
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    now = desk.ledger.now()
    desk.seals.revoke(1, "key_compromise", now, now)
    answer = desk.act(desk.office, document, "seal", refused="拒签")
    assert answer.status_code == 409 and "seal rotate" in answer.text
    assert desk.read(desk.office, document).json["sealed"] is None


def test_a_row_that_somebody_wrote_is_no_document(desk):
    document = desk.sealed()
    with desk.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE office_document SET party = 'urn:x:evil'")
    assert desk.read(desk.office, document).status_code == 404
    assert desk.check(sha256=document["sealed"]).status_code == 404


def test_no_sweep_takes_a_documents_files_away(desk):
    """Not of a row that is believed no more either; what no document names goes."""
    document = desk.sealed()
    stray = desk.ledger.private_files.offer(bytes(32), b"stray")
    assert sweep(desk.ledger, timedelta()) == 1
    assert not desk.ledger.private_files.has(stray)
    for kind in ("pdf", "sealed", "docx"):
        assert desk.file(desk.office, document, kind).status_code == 200
    other = desk.drawn()
    with desk.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE office_document SET party = 'urn:x:evil'")
    assert sweep(desk.ledger, timedelta()) == 0
    book = DocumentBook(desk.ledger.database.engine)
    assert book.has(DocumentBook.table.c.code == other["code"])


def test_roots_and_revoked_seals_are_public_and_may_be_kept(desk):
    for name, start in (("root", b"0\x82"), ("revoked", b"0\x82")):
        answer = desk.client().get(f"{API}/seals/{name}?office={desk.office.uri}")
        assert answer.status_code == 200 and answer.data.startswith(start)
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert desk.client().get(f"{API}/seals/{name}?office=urn:x:none").status_code == 404


def test_a_seal_revoked_as_from_before_is_trusted_no_more(desk):
    document = desk.sealed()
    now = desk.ledger.now()
    desk.seals.revoke(1, "key_compromise", now - timedelta(minutes=30), now)
    found = desk.check(sha256=document["sealed"]).json
    assert (found["is_intact"], found["is_trusted"]) == (True, False)
    assert "was not good" in english(desk.client(), f"/document/{document['code']}")


def test_the_form_is_filled_from_the_case_and_what_the_party_states(desk):
    path = f"/cases/{desk.case.rsplit('/', 1)[1]}/document?form=rectification"
    page = english(desk.client(desk.people[0]), path)
    for value in (ACT, "食品安全法第五十四条", "A 区 12 号"):
        assert value in page
    assert re.search(r'id="until"[^>]*value="20\d\d年\d+月\d+日"', page)
    path = path.replace("rectification", "inspection-record")
    page = english(desk.client(desk.people[0]), path)
    assert "林晓岚（3599021）、陈志远（3599021）" in page
    told = {"answer": "改好了", "act": "无违法", "basis": "无依据", "outcome": "一切正常"}
    for name in ("corrected", "document-served"):  # a party's words are none of its office's
        answer = acts.case_answer(desk.case, name)
        said, stored = leave_out({**answer, "said": told}, ["/said"])
        kept = [Kept(text, desk.stall.uri, Audience.of(desk.office.uri)) for text in stored]
        desk.ledger.write(desk.stall.pen, [Draft(statement=said)], disclosures=kept)
    assert "改好了" in english(desk.client(desk.people[0]), path.split("/document")[0])
    for form in ("rectification", "inspection-record"):
        page = english(desk.client(desk.people[0]), path.split("=")[0] + f"={form}")
        assert (ACT in page) == (form == "rectification")
        assert not any(word in page for word in told.values())
    assert desk.client(desk.stall).get(path).status_code == 403


def test_the_pages_offer_what_one_may_do(desk):
    code = desk.case.rsplit("/", 1)[1]
    document = desk.drawn()
    mine = english(desk.client(desk.people[0]), f"/cases/{code}")
    assert document["number"] in mine and "to be signed by you" in mine
    assert document["number"] not in english(desk.client(desk.stall), f"/cases/{code}")
    page = english(desk.client(desk.people[0]), f"/document/{document['code']}")
    assert "Sign the document" in page and "0 of 2" in page
    for person in desk.people:
        assert desk.sign(person, document) == 200
    assert "to be signed by you" in english(desk.client(desk.stall), f"/cases/{code}")
    assert "Sign the document" in english(desk.client(desk.stall), f"/document/{document['code']}")
    for path in ("/me", "/me/documents"):
        assert document["number"] in english(desk.client(desk.stall), path)
    assert document["number"] not in english(desk.client(desk.world.party("乙")), "/me/documents")
    assert "Why the party did not sign" in english(
        desk.client(desk.people[0]), f"/document/{document['code']}"
    )


def test_a_confirmation_of_one_party_is_none_of_anothers(desk):
    desk.confirm()
    with desk.ledger.reading() as reader:
        (row,) = [by_code(reader, desk.drawn()["code"])]
        assert row is not None
        assert issuing.confirmed(reader, desk.ledger, row) is not None
        other = DocumentBook(desk.ledger.database.engine).number(
            desk.office.uri, "rectification", year=2026, number="x%s号", by="urn:x", at=1,
            party=desk.world.party("乙").uri,
        )  # fmt: skip
        assert issuing.confirmed(reader, desk.ledger, other) is None


def test_who_seals_at_the_same_time_seals_once(desk):
    document = desk.drawn()
    with desk.ledger.reading() as reader:
        row = by_code(reader, document["code"])
    first, second = (issuing.seal_up(desk.ledger, row) for _ in range(2))
    assert first.sealed == second.sealed is not None
    assert issuing.content(desk.ledger, second, "sealed") is not None
