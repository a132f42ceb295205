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
from suyuan.web.factory import create_app
from suyuan.web.pages.office.signin import inside

pytestmark = pytest.mark.slow


@pytest.fixture
def stall(small):
    return small.party("A 区 12 号")


@pytest.fixture
def client(small):
    return client_of(small.ledger)


def who(client):
    return client.get("/api/v1/session")


@pytest.mark.parametrize("alg", ["Ed25519", "ECDSA-P256"])
def test_one_signs_in_with_ones_own_key(small, client, alg):
    stall = small.party("A 区 12 号", alg=alg)
    answer = signed_in(client, stall.signer)
    assert answer.status_code == 200
    expected = {
        "party": stall.uri,
        "name": "A 区 12 号",
        "roles": ["stall"],
        "division": "350206",
        "keyid": stall.signer.public.keyid,
        "remit": [],
    }
    assert answer.json == who(client).json == expected


def test_the_root_key_signs_the_authority_in(small, client):
    assert signed_in(client, small.root).json["party"] == AUTHORITY
    assert client.get("/me", headers={"Accept-Language": "en"}).status_code == 200


def test_a_challenge_names_ledger_host_nonce_and_a_short_time(small, client):
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS).json
    assert set(asked) == {"ledger", "host", "nonce", "expiry"}
    assert (asked["ledger"], asked["host"]) == (ORIGIN, "localhost")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", asked["nonce"])
    again = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS).json
    assert again["nonce"] != asked["nonce"]


@pytest.mark.parametrize(
    "changed",
    [
        {"ledger": "other.example/log"},
        {"host": "evil.example"},
        {"nonce": "A" * 22},
        {"expiry": "2099-01-01T00:00:00Z"},
        {"more": "x"},
        {"nonce": 7},
    ],
)
def test_what_is_not_the_challenge_is_refused(client, stall, changed):
    assert signed_in(client, stall.signer, **changed).status_code == 401
    assert who(client).status_code == 401


def test_a_challenge_is_met_once(client, stall):
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    envelope = dsse.seal(stall.signer, SIGN_IN_TYPE, canonical.dumps(asked.json)).encode().decode()
    before = client.get_cookie("suyuan").value
    assert offered(client, envelope).status_code == 200
    assert offered(client, envelope).status_code == 401  # the session has a challenge no more
    client.set_cookie("suyuan", before)
    assert offered(client, envelope).status_code == 401  # nor has the one that it was given to


def test_a_failed_try_spends_the_challenge(client, stall):
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    payload = canonical.dumps(asked.json)
    bad = dsse.seal(LocalSigner.new(), SIGN_IN_TYPE, payload).encode().decode()
    good = dsse.seal(stall.signer, SIGN_IN_TYPE, payload).encode().decode()
    assert offered(client, bad).status_code == 403
    assert offered(client, good).status_code == 401


def test_a_challenge_is_the_browsers_that_asked(small, client, stall):
    """Whoever overhears a signature has no use for it, nor has who made another sign."""
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    envelope = dsse.seal(stall.signer, SIGN_IN_TYPE, canonical.dumps(asked.json)).encode().decode()
    other = client_of(small.ledger)
    assert offered(other, envelope).status_code == 401
    other.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    assert offered(other, envelope).status_code == 401
    assert offered(client, envelope).status_code == 200


def test_a_challenge_is_over_soon(small, client, stall):
    start = small.ledger.now()
    small.ledger.clock = lambda: start
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    envelope = dsse.seal(stall.signer, SIGN_IN_TYPE, canonical.dumps(asked.json)).encode().decode()
    small.ledger.clock = lambda: start + session.TO_SIGN
    assert offered(client, envelope).status_code == 401


@pytest.mark.parametrize(
    "type_", [PAYLOAD_TYPE, "application/vnd.suyuan.possession+json", "text/plain"]
)
def test_a_signature_of_another_type_signs_nobody_in(client, stall, type_):
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    payload = canonical.dumps(asked.json)
    other = dsse.seal(stall.signer, type_, payload)
    assert offered(client, other.encode().decode()).status_code == 400
    # Nor does the same signature under the right name.
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    payload = canonical.dumps(asked.json)
    signature = dsse.seal(stall.signer, type_, payload).signature
    named = dsse.Envelope(SIGN_IN_TYPE, payload, stall.signer.public.keyid, signature)
    assert offered(client, named.encode().decode()).status_code == 401


def test_a_signature_of_signing_in_is_no_link(small, client, stall):
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    signed = dsse.seal(stall.signer, SIGN_IN_TYPE, canonical.dumps(asked.json))
    link = dsse.Envelope(PAYLOAD_TYPE, signed.payload, signed.keyid, signed.signature)
    rules = [
        client.post("/api/v1/links", data=one.encode(), content_type="application/json").json
        for one in (signed, link)
    ]
    assert [one["rule"] for one in rules] == ["encoding", "members"]
    # Even where the payload is a link's, the signature is over another type.
    entry = stall.pen.sign(small_draft(stall))
    payload = dsse.decode(entry, PAYLOAD_TYPE).payload
    signature = dsse.seal(stall.signer, SIGN_IN_TYPE, payload).signature
    forged = dsse.Envelope(PAYLOAD_TYPE, payload, stall.signer.public.keyid, signature).encode()
    answer = client.post("/api/v1/links", data=forged, content_type="application/json")
    assert (answer.status_code, answer.json["rule"]) == (403, "signature")


def small_draft(actor):
    return Draft(statement=acts.revoke(actor.uri, "0" * 64))


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


def test_a_key_nobody_enrolled_signs_nobody_in(client):
    assert signed_in(client, LocalSigner.new()).status_code == 403


def test_a_revoked_key_ends_its_sessions(small, client, stall):
    signed_in(client, stall.signer)
    small.say(small.authority, acts.revoke(stall.uri, stall.signer.public.keyid))
    assert who(client).status_code == 401
    assert client.get("/me").status_code == 303
    assert signed_in(client, stall.signer).status_code == 403


def test_a_party_that_leaves_is_signed_in_no_more(small, client, stall):
    signed_in(client, stall.signer)
    small.say(small.authority, acts.leave(stall.uri))
    assert who(client).status_code == 401
    assert signed_in(client, stall.signer).status_code == 403


def test_a_session_ends_by_itself(small, client, stall):
    start = small.ledger.now()
    small.ledger.clock = lambda: start
    signed_in(client, stall.signer)
    small.ledger.clock = lambda: start + session.LASTS - timedelta(seconds=1)
    assert who(client).status_code == 200
    small.ledger.clock = lambda: start + session.LASTS
    assert who(client).status_code == 401


def test_the_cookie_is_new_after_signing_in(client, stall):
    """What somebody else has put there, or overheard before, is worth nothing."""
    client.set_cookie("suyuan", "fixed-by-somebody")
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    first = client.get_cookie("suyuan").value
    envelope = dsse.seal(stall.signer, SIGN_IN_TYPE, canonical.dumps(asked.json)).encode().decode()
    offered(client, envelope)
    second = client.get_cookie("suyuan").value
    assert len({"fixed-by-somebody", first, second}) == 3
    client.set_cookie("suyuan", first)
    assert who(client).status_code == 401
    client.set_cookie("suyuan", second)
    assert who(client).status_code == 200


def test_signing_out_ends_the_session_on_the_server(client, stall):
    signed_in(client, stall.signer)
    value = client.get_cookie("suyuan").value
    assert client.delete("/api/v1/session", headers=ORIGIN_HEADERS).status_code == 204
    assert client.get_cookie("suyuan") is None
    client.set_cookie("suyuan", value)
    assert who(client).status_code == 401


def test_the_cookie_is_for_this_server_alone(small, stall, monkeypatch):
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


def test_what_is_kept_of_a_cookie_is_its_hash(small, client, stall):
    signed_in(client, stall.signer)
    value = client.get_cookie("suyuan").value
    with small.ledger.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM session").fetchall()
    assert len(rows) == 1
    assert value not in str(rows)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_other_sites_act_for_nobody(client, stall, headers):
    signed_in(client, stall.signer)
    for method, path in (
        ("POST", "/api/v1/session/challenge"),
        ("POST", "/api/v1/session"),
        ("DELETE", "/api/v1/session"),
        ("POST", "/api/v1/invitations"),
        ("POST", f"/api/v1/invitations/{'0' * 64}/draft"),
        ("DELETE", f"/api/v1/invitations/{'0' * 64}"),
        ("POST", f"/api/v1/keys/{'0' * 64}/revoke/draft"),
    ):
        answer = client.open(path, method=method, json={}, headers=headers)
        assert (path, answer.status_code) == (path, 403)
    assert who(client).status_code == 200


def test_pages_elsewhere_sign_nobody_in(client):
    for host in ("evil.example", "localhost.evil.example"):
        answer = client.post(
            "/api/v1/session/challenge",
            headers={"Origin": f"http://{host}"},
            base_url=f"http://{host}",
        )
        assert answer.status_code == 421


def test_a_form_needs_the_token_of_its_session(small, client, stall):
    signed_in(client, stall.signer)
    token = form_token(client, "/me")
    other = client_of(small.ledger)
    signed_in(other, stall.signer)
    others = form_token(other, "/me")
    assert token != others
    for given in (None, "", "x", others):
        data = {} if given is None else {"csrf_token": given}
        assert client.post("/signout", data=data, headers=ORIGIN_HEADERS).status_code == 400
    assert who(client).status_code == 200
    data = {"csrf_token": token}
    assert client.post("/signout", data=data).status_code == 403  # from no page of this site
    assert client.post("/signout", data=data, headers=ORIGIN_HEADERS).status_code == 303
    assert who(client).status_code == 401


@pytest.mark.usefixtures("one_minute")
def test_too_many_tries_are_told_to_wait(small):
    app = create_app(small.home, ledger=small.ledger)
    client = app.test_client()
    answers = [client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS) for _ in range(121)]
    assert [one.status_code for one in answers] == [200] * 120 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].mimetype == "application/problem+json"
    elsewhere = client.post(
        "/api/v1/session/challenge",
        headers=ORIGIN_HEADERS,
        environ_base={"REMOTE_ADDR": "10.0.0.2"},
    )
    assert elsewhere.status_code == 200


@pytest.mark.usefixtures("one_minute")
def test_what_a_client_says_of_its_address_counts_behind_a_proxy_only(small, monkeypatch):
    def statuses():
        client = create_app(small.home, ledger=small.ledger).test_client()
        path = "/api/v1/session/challenge"
        for n in range(121):
            headers = {**ORIGIN_HEADERS, "X-Forwarded-For": f"10.0.0.{n}"}
            yield client.post(path, headers=headers).status_code

    assert list(statuses())[-1] == 429
    monkeypatch.setenv("SUYUAN_PROXIES", "1")
    assert set(statuses()) == {200}
    monkeypatch.setenv("SUYUAN_PROXIES", "many")
    with pytest.raises(LedgerError, match="number of reverse proxies"):
        create_app(small.home, ledger=small.ledger)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/me", "/me"),
        ("/invitations", "/invitations"),
        ("/me/arrivals/7", "/me/arrivals/7"),
        ("/me?next=//evil.example", "/me"),
        (None, "/me"),
        ("", "/me"),
        ("/", "/me"),
        ("//evil.example", "/me"),
        ("/\\evil.example", "/me"),
        ("/me\\..", "/me"),
        ("https://evil.example", "/me"),
        ("javascript:alert(1)", "/me"),
        ("/\tevil", "/me"),
        ("/\n/evil.example", "/me"),
    ],
)
def test_signing_in_leads_nowhere_else(path, found):
    assert inside(path) == found


def test_the_pages_of_others_stay_theirs(client, stall):
    assert client.get("/me").headers["Location"] == "/signin?next=%2Fme"
    found = client.get("/invitations?lang=en").headers["Location"]
    assert found == "/signin?next=%2Finvitations&lang=en"
    assert 'data-next="/invitations?lang=en"' in client.get(found).text
    for method, path in (
        ("GET", "/api/v1/session"),
        ("GET", "/api/v1/invitations"),
        ("POST", "/api/v1/invitations"),
        ("DELETE", f"/api/v1/invitations/{'0' * 64}"),
        ("POST", f"/api/v1/invitations/{'0' * 64}/draft"),
        ("POST", f"/api/v1/keys/{'0' * 64}/revoke/draft"),
        ("POST", "/invitations"),
        ("POST", f"/invitations/{'0' * 64}/withdraw"),
    ):
        body = {"json": {"party": "x"}} if path.startswith("/api") else {}
        answer = client.open(path, method=method, headers=ORIGIN_HEADERS, **body)
        assert (path, answer.status_code) == (path, 401)
    signed_in(client, stall.signer)
    page = client.get("/me")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Cookie" in page.vary


def test_pages_run_this_sites_own_scripts_only(client, stall):
    signed_in(client, stall.signer)
    for path in ("/signin", "/invite", "/me", "/invitations"):
        page = client.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL) == [""]
        assert re.search(r"\son\w+=", page.text) is None
        (url,) = re.findall(r'<script type="module" src="([^"]+)"', page.text)
        script = client.get(url)
        assert script.content_type == "text/javascript; charset=utf-8"
        assert "immutable" in script.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["sign/keys.js", "keys.js", "../../app.py", "..%2f..%2fapp.py", "none.js", ""]
)
def test_there_is_no_script_but_those_of_this_release(client, name):
    assert client.get(f"/js/{'0' * 16}/{name}").status_code == 404
    from suyuan.web.app.scripts import release

    expected = 200 if name == "sign/keys.js" else 404
    assert client.get(f"/js/{release()}/{name}").status_code == expected
