"""The front-end under attack: headers, redirects, hosts, paths, limits, and what is others'."""

import re
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
from support.ledger.work import seconds
from support.web.roles import OPEN, ask, routes
from support.web.signing import ORIGIN_HEADERS, acting_for, form_token, post
from support.web.town import SERIAL

from suyuan.trace.format.identifiers import codes, gs1, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import parse
from suyuan.web.api.trader import labels
from suyuan.web.app import limits, targets
from suyuan.web.cache import cache_key
from suyuan.web.factory import create_app
from suyuan.web.pages.office.signin import inside

pytestmark = pytest.mark.slow
EVIL = "evil.example"
SHARED = {"static", "scripts.script", "releases.release", "batches.template", "openapi.spec"}
# What changes something or costs, and has no limit of an address.
UNLIMITED = {
    "links.append": "the ledger's queue and the rule `pace` are its limits, with Retry-After",
    "session.sign_out": "ends one's own session",
    "signin.signout": "ends one's own session",
    "mandates.chosen": "sets one's own cookie",
    "sign.withdrawn": "takes one's own invitation back",
    "inviting.withdrawn": "takes one's own invitation back",
}
# Bodies of the form that these ask for before they count.
GOOD = {
    "consumers.reported": {"code": "0" * 16, "kind": "ill", "text": "x"},
    "session.sign_in": {"envelope": "x"},
    "sign.offered": {"code": "0" * 26, "spki": "x", "kept": "browser", "possession": "x"},
}
SEARCHING = {"search.search", "events.recipients", "inspect.search"}


@pytest.fixture
def free(made, monkeypatch):
    """Without limits, so that others' tests of them count alone."""
    monkeypatch.setattr(made.app.extensions["suyuan.limits"], "hit", lambda *_: True)


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize("who", [None, "stall", "authority"])
def test_every_answer_is_framed_by_nobody_and_runs_nothing_of_others(made, who):
    client, statuses = made.browser(who), set()
    for endpoint, method, rule in routes(made.app):
        if endpoint in {"session.challenge", "session.sign_in", "session.sign_out"}:
            continue
        with ask(client, made, endpoint, method, rule) as answer:
            statuses.add(answer.status_code)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy, rule
            assert "sandbox" in policy or "frame-ancestors 'none'" in policy, rule
            assert "http:" not in policy and "https:" not in policy and "*" not in policy, rule
            assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
            assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, rule
            if answer.mimetype not in ("text/css", "text/javascript"):  # which open no window
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", rule
            kept = answer.headers["Cache-Control"]
            is_shown = answer.status_code == 200 and answer.mimetype == "text/html"
            if endpoint not in OPEN and who is not None and is_shown:
                assert "no-store" in kept, (rule, kept)  # a shared phone's Back shows nothing
            if "public" in kept:
                assert endpoint in SHARED | OPEN, rule
    assert {200, 404} <= statuses


def pages(made, client):
    """The public pages, and those of who is signed in."""
    code, lot = made.code("stall"), made.lots[0]
    paths = ("/", f"/t/{code}", f"/t/{code}/{SERIAL}", "/signin", "/report", "/scan", "/recalls",
             "/me", "/invitations", "/nothing", f"/t/{codes.of_uri(lot, '')}",
             "/.well-known/gs1resolver", f"/t/{code}?linkType=all", "/api/v1/trust")  # fmt: skip
    return [(path, client.get(path, headers={"Accept-Language": "en"})) for path in paths]


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": EVIL},
        {"X-Forwarded-Host": EVIL},
        {"Forwarded": f"host={EVIL}"},
        {"X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/"},
        {"X-Forwarded-Proto": "javascript", "X-Forwarded-Prefix": f"//{EVIL}"},
    ],
    ids=str,
)
def test_no_answer_repeats_a_host_that_the_request_made_up(made, headers):
    client = made.browser("stall")
    for path, _answer in pages(made, client):
        # A made-up host's cookies are its own: the session goes by its header.
        cookie = f"suyuan={client.get_cookie('suyuan').value}"
        answer = made.app.test_client().get(path, headers=headers | {"Cookie": cookie})
        assert EVIL not in answer.text, path
        assert EVIL not in str(answer.headers), path
        assert answer.status_code < 500


@pytest.mark.usefixtures("free")
def test_an_invitations_link_is_of_the_ledgers_own_host(made):
    client, path = made.browser("authority"), "/api/v1/invitations"
    asked = {"party": made.people["stall"].uri}
    answer = client.post(path, json=asked, headers=ORIGIN_HEADERS | {"X-Forwarded-Host": EVIL})
    assert answer.status_code == 201
    assert urlsplit(answer.json["url"]).netloc != EVIL
    forged = {"Origin": f"http://{EVIL}", "Host": EVIL,
              "Cookie": f"suyuan={client.get_cookie('suyuan').value}"}  # fmt: skip
    assert EVIL not in made.app.test_client().post(path, json=asked, headers=forged).text


ELSEWHERE = [
    f"//{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"/{chr(9)}/{EVIL}", f"https:{EVIL}",
    f"https:///{EVIL}", f"http://{EVIL}", f"///{EVIL}", f"/%2f{EVIL}", f"/%5c{EVIL}",
    f"/%09/{EVIL}", f"/./{chr(47)}{EVIL}", f"/..//{EVIL}",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", f"/me@{EVIL}", f"@{EVIL}",
    f"/me{chr(13)}{chr(10)}Location: //{EVIL}", f"/me{chr(0)}", f"/me?next=//{EVIL}", "/me#x",
    f"/{chr(0x2028)}/{EVIL}", f"／／{EVIL}", f"/⁄{EVIL}", f"/me/..%2f..%2f/{EVIL}", "/me//x",
]  # fmt: skip


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize("where", ELSEWHERE, ids=ascii)
def test_nothing_that_one_can_say_leads_to_another_site(made, where):
    found = inside(where)
    assert found.startswith("/") and found[1:2] not in {"/", "\\"} and EVIL not in found
    client, said = made.browser("stall"), quote(where, safe="")
    headers = ORIGIN_HEADERS | {"Referer": f"https://{EVIL}/"}
    token = form_token(client, "/me")
    answers = [
        client.get(f"/find?code={said}", headers=headers),
        client.get(f"/signin?next={said}", headers=headers),
        made.app.test_client().get(f"/me?next={said}", headers=headers),
        client.get(f"/report?code={said}&back={said}&return={said}", headers=headers),
        client.post("/me/for", data={"csrf_token": token, "next": where}, headers=headers),
        client.post(f"/signout?next={said}", data={"csrf_token": token}, headers=headers),
    ]
    for answer in answers:
        if 300 <= answer.status_code < 400:
            at = answer.headers["Location"]
            assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", at), at
            assert "\\" not in at and "//" not in at
        for link in re.findall(r'(?:href|action|data-next)="([^"]*)"', answer.text):
            assert not urlsplit(link).netloc or EVIL not in urlsplit(link).netloc, link
            assert not link.lower().startswith(("javascript:", "data:")), link
        assert "Set-Cookie: x" not in str(answer.headers)


def test_a_code_in_a_photo_leads_to_no_other_site():
    for where in ELSEWHERE:
        for text in (where, f"https://x/{where}/t/A"):
            path = targets.code_path(text)
            assert re.fullmatch(r"/(?:(?:t|T|01|00)/|find\?code=)[!-\[\]-~]*", path), path
        assert targets.code_path(f"https://x/{where}/t/1Q4T9ZC2KM8W0RB3") == "/t/1Q4T9ZC2KM8W0RB3"


TRICKS = [
    "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e", "%252e%252e%252f", "....//....//", "%00",
    "A%00B", "%0d%0aSet-Cookie:%20x=y", "%5c..%5c", "%c0%ae%c0%ae", "%ff%fe", "%ed%a0%80",
    "%F0%9F%98%80", "%EF%BC%91%EF%BC%92%EF%BC%93", "%D9%A1%D9%A2", "%E2%80%AE", "%20", "%09", "*",
    "'%20OR%201=1--", "%25", "%25%73%6e", ";a=b", "?", "0" * 8_000, "%2F" * 500, "1" * 10_000,
    "09506000134352/10/" + "L%2F" * 200, "09506000134352/10/" + "a" * 2_000,
    "%EF%BC%90" + "9506000134352", "09506000134352/10/%2e%2e/21/%2e%2e", "09506000134352/22//10/",
    "00000000000000/10/%00", "١" * 14, "123456789012345675/x",
]  # fmt: skip


@pytest.mark.usefixtures("free")
@pytest.mark.parametrize("trick", TRICKS, ids=lambda one: one[:24])
def test_no_path_is_more_than_a_code(made, trick):
    client, label = made.browser(None), f"/t/{made.code('stall')}/"
    for start in ("/t/", label, "/T/", "/01/", "/00/", "/static/", "/js/", "/log/tile/",
                  "/recalls/", "/lineage/", "/report/", "/api/v1/items/"):  # fmt: skip

        def ask(start=start):
            with client.get(start + trick, headers={"Accept-Language": "en"}) as answer:
                assert answer.status_code in {400, 404, 414, 422, 308, 405, 200, 303}, start
                if answer.status_code in {200, 303, 308}:  # a URL lets go of it: "?", ";"
                    assert trick == "?" or start == "/log/tile/", (start, answer.status_code)
                assert "root:" not in answer.text and "Traceback" not in answer.text
                assert "Set-Cookie" not in answer.headers

        assert seconds(ask, 2) < 2


@pytest.mark.usefixtures("free")
def test_no_header_takes_a_line_from_what_was_asked(made):
    client, split = made.browser("stall"), quote("x\r\nSet-Cookie: x=y\r\n\r\n<script>", safe="")
    for path in (f"/find?code={split}", f"/signin?next={split}", f"/?lang={split}",
                 f"/?print={split}", f"/t/{made.code('stall')}?linkType={split}",
                 f"/api/v1/batches/table/{split}/codes", f"/labels/1.{split}"):  # fmt: skip
        with client.get(path) as answer:
            assert answer.status_code < 500
            assert answer.headers.get("Set-Cookie") is None
            assert all("\n" not in value and "\r" not in value for _, value in answer.headers)


def test_whatever_changes_or_costs_is_limited_and_says_for_how_long(made, monkeypatch):
    """Each such route asks the limiter before it does anything, and passes its answer on."""
    clients = [made.browser(who) for who in ("authority", "stall")]
    token = form_token(clients[1], "/me")
    monkeypatch.setattr(made.app.extensions["suyuan.limits"], "hit", lambda *_: False)
    unlimited = set()
    for endpoint, method, rule in routes(made.app):
        if method == "GET" and endpoint not in SEARCHING:
            continue
        if endpoint in {"session.sign_out", "signin.signout"}:
            unlimited.add(endpoint)
            continue
        if body := GOOD.get(endpoint):
            answers = [clients[0].post(rule.rule, json=body, headers=ORIGIN_HEADERS)]
        else:
            answers = [ask(client, made, endpoint, method, rule, token) for client in clients]
        late = [one for one in answers if one.status_code == 429]
        for answer in late:
            assert int(answer.headers["Retry-After"]) >= 1, rule
        if not late:
            unlimited.add(endpoint)
    assert unlimited - SEARCHING == UNLIMITED.keys()
    assert unlimited & SEARCHING <= {"inspect.search"}  # a page, whose answers the API gives


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"), (None, ""),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("unknown", "unknown"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_a_subscriber_of_ipv6_counts_once(address, who):
    assert limits.asker(address) == who


def _challenges(app, addresses, **headers):
    client, path, found = app.test_client(), "/api/v1/session/challenge", []
    for n, address in enumerate(addresses):
        said = {name.replace("_", "-"): value.format(n=n) for name, value in headers.items()}
        at, said = {"REMOTE_ADDR": address}, ORIGIN_HEADERS | said
        found.append(client.post(path, headers=said, environ_base=at).status_code)
    return found


@pytest.mark.usefixtures("one_minute")
def test_no_address_that_a_client_makes_up_evades_the_limit(made, monkeypatch):
    app = create_app(made.world.home, ledger=made.world.ledger)
    own = [f"2001:db8::{n:x}" for n in range(200)]
    assert _challenges(app, own).count(429) > 20
    spoofed = {"X_Forwarded_For": "10.0.0.{n}", "Forwarded": "for=10.0.0.{n}",
               "X_Real_IP": "10.0.0.{n}", "True_Client_IP": "10.0.0.{n}"}  # fmt: skip
    assert _challenges(app, ["192.0.2.1"] * 200, **spoofed).count(429) > 20
    # Behind one proxy what it adds counts, last, and not what stood there before.
    monkeypatch.setenv("SUYUAN_PROXIES", "1")
    app = create_app(made.world.home, ledger=made.world.ledger)
    added = {"X_Forwarded_For": "10.0.0.{n}, 192.0.2.9"}
    assert _challenges(app, ["192.0.2.1"] * 200, **added).count(429) > 20


HOSTILE = ["a" * 50_000, "0" * 50_000, "/" * 50_000, "-" * 50_000, " " * 50_000, "%" * 50_000,
           "/10/" * 12_000, "/22/" * 12_000, "urn:" * 12_000, "1-" * 25_000, "a " * 25_000 + "!",
           "/t/" * 16_000, "\u3000" * 20_000, "09506000134352" + "/10/x" * 9_000, "://" * 16_000,
           "é" * 25_000, "," * 50_000, "1," * 25_000, ";q=" * 16_000, "a;q=0.1," * 6_000,
           '"' * 50_000, "\\" * 50_000, "=" * 50_000, "/a-" * 16_000 + "!"]  # fmt: skip


def _read(function, *more):
    def reading(text):
        with suppress(IdentifierError):
            function(text, *more)

    return reading


READERS = {
    "codes.read": _read(codes.read),
    "codes.read_serial": _read(codes.read_serial),
    "gs1.canonical": _read(gs1.canonical),
    "parties.read": _read(parties.read, "trace.food.example"),
    "own_path": targets.own_path,
    "scan": targets.code_path,
    "trade": targets._TRADE.fullmatch,
    "next": inside,
    "labels": labels._ISSUES.fullmatch,
    "accept": lambda text: cache_key._parsed.__wrapped__(text, "", ""),
    "languages": lambda text: cache_key._parsed.__wrapped__("", text, ""),
    "encodings": lambda text: cache_key._parsed.__wrapped__("", "", text),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_text_takes_long_to_be_read(reader):
    for text in HOSTILE:
        assert seconds(lambda text=text: READERS[reader](text)) < 1, text[:20]


@pytest.mark.usefixtures("free")
def test_no_header_takes_long_to_be_read(made):
    client, path = made.browser(None), f"/t/{made.code('stall')}"
    for name in ("Accept", "Accept-Language", "Accept-Encoding", "Cookie", "If-None-Match", "Range",
                 "Origin", "Content-Type", "User-Agent", "Host", "If-Modified-Since"):  # fmt: skip
        for text in HOSTILE:
            value = text.encode("ascii", "ignore").decode()[:16_000].replace("\\", "/")

            def ask(headers={name: value}):  # noqa: B006  each its own
                with client.get(path, headers=headers) as answer:
                    assert answer.status_code < 500, headers

            assert seconds(ask, 2) < 2, (name, text[:20])


@pytest.mark.usefixtures("free")
class TestOthers:
    """What is another's is nobody else's, by whatever number or name it is asked for."""

    def test_labels_are_their_issuers(self, made):
        farm = made.browser("farm")
        with made.world.ledger.reading() as reader:
            said = {n: parse(reader.link(n).entry).statement or {} for n in range(reader.size())}
        (index,) = [number for number, one in said.items() if one.get("type") == "labels"]
        for kind in ("pdf", "zpl", "tspl", "svg", "png"):
            answer = farm.get(f"/me/labels/{index}.{kind}?size=60x40")
            assert answer.status_code in {404, 422}, kind
            assert SERIAL not in answer.text
        label = f"{made.code('stall')}/{SERIAL}"
        answer = post(farm, "labels/void/draft", labels=[label])
        assert answer.status_code == 422 and "no label of yours" in answer.json["detail"]
        answer = post(farm, "labels/void/draft", labels=[SERIAL], item=made.lots[0])
        assert answer.status_code == 422
        answer = post(farm, "labels/draft", lots=[{"item": made.lots[2], "count": 1}])
        assert answer.status_code == 422, answer.text  # the stall's mix

    def test_a_mandate_is_needed_to_record_for_another(self, made):
        stall, farm = made.people["stall"].uri, made.people["farm"].uri
        client = made.browser("farm")
        assert acting_for(client, stall).status_code == 403
        # A cookie that was chosen under a mandate in another session is worth nothing here.
        market = made.browser("market")
        assert acting_for(market, stall).status_code == 303
        client.set_cookie("suyuan-for", market.get_cookie("suyuan-for").value)
        goods = [{"item": made.lots[0], "amount": "1", "unit": "KGM"}]
        drafted = post(client, "events/draft", step="loss", goods=goods)
        assert drafted.json.get("actor", farm) == farm
        # And it covers its steps only: receiving, not a loss.
        drafted = post(market, "events/draft", step="loss", goods=goods)
        assert drafted.status_code == 403, drafted.text

    def test_invitations_are_their_makers(self, made):
        token = made.invite()  # the authority's, for the stall
        for who in ("farm", "laboratory", "elsewhere"):  # nor those of its remit
            client = made.browser(who)
            path = f"invitations/{token}"
            gone = client.delete(f"/api/v1/{path}", headers=ORIGIN_HEADERS)
            assert gone.status_code == post(client, f"{path}/draft").status_code == 404, who
            assert token not in client.get("/api/v1/invitations").text, who
            data = {"csrf_token": form_token(client, "/me")}
            page = client.post(f"/invitations/{token}/withdraw", data=data, headers=ORIGIN_HEADERS)
            assert page.status_code in {403, 404}, who

    def test_registrars_stay_in_their_remit(self, made):
        stall, farm = made.people["stall"], made.people["farm"]
        elsewhere, market = made.browser("elsewhere"), made.browser("market")
        for client, party in ((elsewhere, stall), (elsewhere, farm), (market, farm)):
            number = quote(party.uri, safe="")
            key = party.signer.public.keyid
            change = {"name": "x", "roles": ["stall"], "division": "350203"}
            for path, body in (
                (f"parties/{number}/change/draft", change),
                (f"parties/{number}/leave/draft", {}),
                ("invitations", {"party": party.uri}),
                (f"keys/{key}/revoke/draft", {}),
                ("registrars/draft", {"party": party.uri, "op": "dismiss"}),
            ):
                answer = post(client, path, **body)
                assert answer.status_code in {403, 404}, (path, answer.text)
            assert client.get(f"/people/{number}").status_code in {403, 404}

    def test_a_table_is_who_registered_it(self, made):
        client = made.browser("farm")
        for name in ("0" * 64, "..%2f" + "0" * 60, "%00", "0" * 63, "x" * 5_000):
            assert client.get(f"/api/v1/batches/table/{name}/codes").status_code == 404

    def test_nobody_stops_what_is_not_theirs(self, made):
        act, held = (uri.rsplit("/", 1)[1] for uri in (made.recall, made.hold))
        for body in (
            {"op": "recall.close", "act": act},
            {"op": "recall.extend", "act": act, "items": [made.lots[2]]},
            {"op": "hold.lift", "act": held},
            {"op": "hold.place", "items": [made.lots[2]]},
        ):
            answer = post(made.browser("farm"), "me/recalls/draft", **body, reason="x")
            assert answer.status_code in {403, 404, 409, 422}, (body, answer.text)
            assert "drafts" not in answer.json
