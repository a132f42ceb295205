"""Addresses: what may be written to, what may be posted to, and what signs it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.keys.errors import SettingError
from suyuan.trace.watch.notify import webhooks
from suyuan.trace.watch.notify.contacts import ContactError, read
from suyuan.trace.watch.notify.webhooks import new_secret, signature


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mailto:Qa.1+x@Farm.Example", ("email", "Qa.1+x@farm.example")),
        ("qa@farm.example", ("email", "qa@farm.example")),
        ("https://farm.example/hook?a=b%20c", ("webhook", "https://farm.example/hook?a=b%20c")),
        ("https://[2001:db8::1]:8443/", ("webhook", "https://[2001:db8::1]:8443/")),
        ("http://127.0.0.1:9000/a", ("webhook", "http://127.0.0.1:9000/a")),
        ("http://localhost/a", ("webhook", "http://localhost/a")),
    ],
)
def test_addresses_that_can_be_used(text: str, found: tuple[str, str]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "farm.example", "mailto:", "mailto:a@b", "mailto:a@b.example,c@d.example",
        "mailto:a@b.example?bcc=c@d.example", "mailto:a@b.example\r\nRCPT TO:<c@d.example>",
        "mailto:a b@c.example", 'mailto:"a b"@c.example', "mailto:a@[127.0.0.1]",
        "mailto:质检@farm.example", "mailto:<a@b.example>", f"mailto:{'a' * 65}@b.example",
        "mailto:a@-b.example", "ftp://farm.example/", "file:///etc/passwd",
        "http://farm.example/hook", "http://127.0.0.1.farm.example/",
        "https://user:secret@farm.example/", "https://farm.example/#top",
        "https://farm.example/a b", "https://farm.example/\r\nX: y", "https:///hook",
        "https://farm.example:99999/", f"https://farm.example/{'a' * 2_000}",
    ],
)  # fmt: skip
def test_addresses_that_cannot_say_why(text: str) -> None:
    with pytest.raises(ContactError) as found:
        read(text)
    assert "\n" not in str(found.value) and len(str(found.value)) < 300


@given(st.text())
def test_any_text_is_an_address_or_one_error(text: str) -> None:
    for whole in (text, f"mailto:{text}", f"https://{text}"):
        try:
            kind, address = read(whole)
        except ContactError:
            continue
        assert kind in ("email", "webhook") and address.isascii() and address.isprintable()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2001:0:7f00:1::", "no address",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_network_is_not_reached(address: str) -> None:
    assert not webhooks.Reachable().is_reachable(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_of_the_public_network_is_reached(address: str) -> None:
    assert webhooks.Reachable().is_reachable(address)
    assert not webhooks.Reachable().is_reachable(address, is_clear=True)


def test_the_operator_allows_networks() -> None:
    found = webhooks.reachable({"SUYUAN_WEBHOOK_NETWORKS": "10.2.0.0/16, 127.0.0.1,::1"})
    assert found.is_reachable("10.2.3.4") and not found.is_reachable("10.3.0.1")
    assert found.is_reachable("::1", is_clear=True)
    assert not found.is_reachable("10.2.3.4", is_clear=True)
    assert webhooks.reachable({}) == webhooks.Reachable()
    with pytest.raises(SettingError, match="no list of networks"):
        webhooks.reachable({"SUYUAN_WEBHOOK_NETWORKS": "10.2.3.4/16"})


def test_signatures_are_those_of_standard_webhooks() -> None:
    """The example of its reference libraries."""
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, key, 1_614_265_330, b'{"test": 2432232314}') == expected
    assert new_secret() != new_secret()


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_AAAA", "whsec_!", pytest.param(new_secret()[6:], id="without its name")],
)
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="no secret that can sign"):
        signature(secret, "key", 0, b"")
