"""Which addresses webhooks may be posted to: the public network's, and what the operator allows.

Whoever names a webhook would else make this machine ask others that only it can reach (SSRF).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from suyuan.keys.errors import SettingError
from suyuan.keys.settings import setting

SETTING = "SUYUAN_WEBHOOK_NETWORKS"
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW = 2**32 - 1
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Reachable:
    """The public network, and these besides."""

    allowed: Sequence[Network] = ()

    def is_reachable(self, text: str, *, is_clear: bool = False) -> bool:
        """Whether an address may be connected to; without TLS (`is_clear`) this machine's only."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if is_clear and not address.is_loopback:
            return False
        if any(address in network for network in self.allowed):
            return True
        return all(_is_public(one) for one in _meant(address))


def read(environ: Mapping[str, str] | None = None) -> Reachable:
    """What SUYUAN_WEBHOOK_NETWORKS allows; SettingError where it is no list of networks."""
    text = setting("WEBHOOK_NETWORKS", environ) or ""
    try:
        return Reachable(
            tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
        )
    except ValueError as error:
        raise SettingError(
            f"{SETTING} is no list of networks, such as 10.20.0.0/16, 127.0.0.1: {error}"
        ) from None


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_odd


def _meant(address: Address) -> Sequence[Address]:
    """Where what is sent to an address may end: IPv6 ones can stand for IPv4 ones."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & _LOW),)
    found: list[Address | None] = [address, address.sixtofour, *(address.teredo or ())]
    return [one for one in found if one is not None]
