"""Signing in: a signature over a challenge that is this browser's, once, for a short time."""

import re
from datetime import timedelta

import pytest
from support.ledger.world import AUTHORITY, ORIGIN
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, form_token, offered, signed_in

from suyuan.keys import canonical, dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import PAYLOAD_TYPE
from suyuan.web.api.office.session import SIGN_IN_TYPE
from suyuan.web.app.access import session
from suyuan.web.app.scripts import release
from suyuan.web.pages.office.signin import inside

pytestmark = pytest.mark.slow


def who(client):
    return client.get("/api/v1/session")


def challenge(client):
    return client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)


def answered(client, signer, type_=SIGN_IN_TYPE):
    """A challenge of the client's, as a key answers it: the envelope."""
    return dsse.seal(signer, type_, canonical.dumps(challenge(client).json))


@pytest.mark.parametrize("alg", ["Ed25519", "ECDSA-P256"])
def test_one_signs_in_with_ones_own_key(small, client, alg):
    stall = small.party("A 区 12 号", alg=alg)
    answer = signed_in(client, stall.signer)
    assert answer.status_code == 200
    expected = {
        "party": stall.uri, "name": "A 区 12 号", "roles": ["stall"], "division": "350206",
        "keyid": stall.signer.public.keyid, "remit": [],
    }  # fmt: skip
    assert answer.json == who(client).json == expected


def test_the_root_key_signs_the_authority_in(small, client):
    assert signed_in(client, small.root).json["party"] == AUTHORITY
    assert client.get("/me", headers={"Accept-Language": "en"}).status_code == 200


def test_a_challenge_names_ledger_host_nonce_and_a_short_time(client):
    asked, again = challenge(client).json, challenge(client).json
    assert set(asked) == {"ledger", "host", "nonce", "expiry"}
    assert (asked["ledger"], asked["host"]) == (ORIGIN, "localhost")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", asked["nonce"])
    assert again["nonce"] != asked["nonce"]


@pytest.mark.parametrize(
    "changed",
    [
        {"ledger": "other.example/log"}, {"host": "evil.example"}, {"nonce": "A" * 22},
        {"expiry": "2099-01-01T00:00:00Z"}, {"more": "x"}, {"nonce": 7},
    ],
)  # fmt: skip
def test_what_is_not_the_challenge_is_refused(client, stall, changed):
    assert signed_in(client, stall.signer, **changed).status_code == 401
    assert who(client).status_code == 401


def test_a_challenge_is_met_once(client, stall):
    envelope = answered(client, stall.signer)
    before = client.get_cookie("suyuan").value
    assert offered(client, envelope).status_code == 200
    assert offered(client, envelope).status_code == 401  # the session has a challenge no more
    client.set_cookie("suyuan", before)
    assert offered(client, envelope).status_code == 401  # nor has the one that it was given to


def test_a_failed_try_spends_the_challenge(client, stall):
    payload = canonical.dumps(challenge(client).json)
    for signer, status in ((LocalSigner.new(), 403), (stall.signer, 401)):
        assert offered(client, dsse.seal(signer, SIGN_IN_TYPE, payload)).status_code == status


def test_a_challenge_is_the_browsers_that_asked(small, client, stall):
    """Whoever overhears a signature has no use for it, nor has who made another sign."""
    envelope, other = answered(client, stall.signer), client_of(small.ledger)
    assert offered(other, envelope).status_code == 401
    challenge(other)
    assert offered(other, envelope).status_code == 401
    assert offered(client, envelope).status_code == 200


def test_a_challenge_is_over_soon(small, client, stall):
    start = small.ledger.now()
    small.ledger.clock = lambda: start
    envelope = answered(client, stall.signer)
    small.ledger.clock = lambda: start + session.TO_SIGN
    assert offered(client, envelope).status_code == 401


@pytest.mark.parametrize(
    "type_", [PAYLOAD_TYPE, "application/vnd.suyuan.possession+json", "text/plain"]
)
def test_a_signature_of_another_type_signs_nobody_in(client, stall, type_):
    assert offered(client, answered(client, stall.signer, type_)).status_code == 400
    # Nor does the same signature under the right name.
    other = answered(client, stall.signer, type_)
    named = dsse.Envelope(SIGN_IN_TYPE, other.payload, other.keyid, other.signature)
    assert offered(client, named).status_code == 401


def test_a_signature_of_signing_in_is_no_link(client, stall):
    def appended(envelope):
        sent = {"data": envelope.encode(), "content_type": "application/json"}
        return client.post("/api/v1/links", **sent)

    signed = answered(client, stall.signer)
    link = dsse.Envelope(PAYLOAD_TYPE, signed.payload, signed.keyid, signed.signature)
    assert [appended(one).json["rule"] for one in (signed, link)] == ["encoding", "members"]
    # Even where the payload is a link's, the signature is over another type.
    entry = stall.pen.sign(Draft(statement=acts.revoke(stall.uri, "0" * 64)))
    payload = dsse.decode(entry, PAYLOAD_TYPE).payload
    signature = dsse.seal(stall.signer, SIGN_IN_TYPE, payload).signature
    answer = appended(dsse.Envelope(PAYLOAD_TYPE, payload, signed.keyid, signature))
    assert (answer.status_code, answer.json["rule"]) == (403, "signature")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"envelope":7}', b'{"envelope":"\\ud800"}', b'{"envelope":""}'],
)
def test_nonsense_is_a_problem(client, body):
    client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    answer = client.post(
        "/api/v1/session", data=body, content_type="application/json", headers=ORIGIN_HEADERS
    )
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("way", ["revoked", "left"])
def test_a_key_or_a_party_that_is_good_no_more_is_signed_in_no_more(small, client, stall, way):
    signed_in(client, stall.signer)
    revoked = acts.revoke(stall.uri, stall.signer.public.keyid)
    small.say(small.authority, revoked if way == "revoked" else acts.leave(stall.uri))
    assert who(client).status_code == 401
    assert client.get("/me").status_code == 303
    assert signed_in(client, stall.signer).status_code == 403


def test_a_session_ends_by_itself(small, client, stall):
    start = small.ledger.now()
    small.ledger.clock = lambda: start
    signed_in(client, stall.signer)
    small.ledger.clock = lambda: start + session.LASTS - timedelta(seconds=1)
    assert who(client).status_code == 200
    small.ledger.clock = lambda: start + session.LASTS
    assert who(client).status_code == 401


def test_the_cookie_is_new_after_signing_in(small, client, stall):
    """What somebody else put there or overheard before is worth nothing; its hash alone is kept."""
    client.set_cookie("suyuan", "fixed-by-somebody")
    envelope = answered(client, stall.signer)
    first = client.get_cookie("suyuan").value
    offered(client, envelope)
    second = client.get_cookie("suyuan").value
    assert len({"fixed-by-somebody", first, second}) == 3
    for value, status in ((first, 401), (second, 200)):
        client.set_cookie("suyuan", value)
        assert who(client).status_code == status
    with small.ledger.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM session").fetchall()
    assert len(rows) == 1 and second not in str(rows)


def test_signing_out_ends_the_session_on_the_server(client, stall):
    signed_in(client, stall.signer)
    value = client.get_cookie("suyuan").value
    assert client.delete("/api/v1/session", headers=ORIGIN_HEADERS).status_code == 204
    assert client.get_cookie("suyuan") is None
    client.set_cookie("suyuan", value)
    assert who(client).status_code == 401


def test_the_cookie_is_for_this_server_alone(small, monkeypatch):
    def given(client, origin, **more):
        answer = client.post("/api/v1/session/challenge", headers={"Origin": origin}, **more)
        assert answer.status_code == 200
        return answer.headers["Set-Cookie"]

    plain = given(client_of(small.ledger), "http://localhost", base_url="http://localhost")
    assert plain.startswith("suyuan=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    monkeypatch.setenv("SUYUAN_BASE_URL", "https://trace.food.example")
    # https ends at a proxy, say: what the server sees is http.
    origin = "https://trace.food.example"
    hidden = given(client_of(small.ledger), origin, base_url="http://trace.food.example")
    assert hidden.startswith("__Host-suyuan=")
    assert "Secure" in hidden.split("; ")


def test_pages_elsewhere_sign_nobody_in(client):
    for host in ("evil.example", "localhost.evil.example"):
        answer = client.post(
            "/api/v1/session/challenge",
            headers={"Origin": f"http://{host}"},
            base_url=f"http://{host}",
        )
        assert answer.status_code == 421


def test_a_form_needs_the_token_of_its_session(client, stall):
    signed_in(client, stall.signer)
    data = {"csrf_token": form_token(client, "/me")}
    assert client.post("/signout", headers=ORIGIN_HEADERS).status_code == 400
    assert client.post("/signout", data=data).status_code == 403  # from no page of this site
    assert who(client).status_code == 200
    assert client.post("/signout", data=data, headers=ORIGIN_HEADERS).status_code == 303
    assert who(client).status_code == 401


@pytest.mark.usefixtures("one_minute")
def test_too_many_tries_are_told_to_wait(small, client, monkeypatch):
    answers = [challenge(client) for _ in range(121)]
    assert [one.status_code for one in answers] == [200] * 120 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].mimetype == "application/problem+json"
    client.environ_base["REMOTE_ADDR"] = "10.0.0.2"
    assert challenge(client).status_code == 200
    monkeypatch.setenv("SUYUAN_PROXIES", "many")
    with pytest.raises(LedgerError, match="number of reverse proxies"):
        client_of(small.ledger)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/me", "/me"), ("/invitations", "/invitations"), ("/me/arrivals/7", "/me/arrivals/7"),
        ("/me?next=//evil.example", "/me"), (None, "/me"), ("", "/me"), ("/", "/me"),
        ("//evil.example", "/me"), ("/\\evil.example", "/me"), ("/me\\..", "/me"),
        ("https://evil.example", "/me"), ("javascript:alert(1)", "/me"), ("/\tevil", "/me"),
        ("/\n/evil.example", "/me"),
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(path, found):
    assert inside(path) == found


def test_who_signs_in_comes_back_in_its_language(client):
    assert client.get("/me").headers["Location"] == "/signin?next=%2Fme"
    found = client.get("/invitations?lang=en").headers["Location"]
    assert found == "/signin?next=%2Finvitations&lang=en"
    assert 'data-next="/invitations?lang=en"' in client.get(found).text


@pytest.mark.parametrize(
    "name", ["sign/keys.js", "keys.js", "../../app.py", "..%2f..%2fapp.py", "none.js", ""]
)
def test_there_is_no_script_but_those_of_this_release(client, name):
    assert client.get(f"/js/{'0' * 16}/{name}").status_code == 404
    answer = client.get(f"/js/{release()}/{name}")
    assert answer.status_code == (200 if name == "sign/keys.js" else 404)
    if name == "sign/keys.js":
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert "immutable" in answer.headers["Cache-Control"]
