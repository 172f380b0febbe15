"""Which addresses may be told of events: encrypted ones, and in production none inside a private network.

Otherwise whoever may add an endpoint could have our servers send requests to systems that only they can reach. A name
is looked up again for every request, and the request goes to the address that was checked.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from coach.accounts.sign_ins import AccountError
from coach.config import LOOPBACK

LONGEST_URL = 500
_VISIBLE = re.compile(r"[!-~]+")
_NAT64 = IPv6Network("64:ff9b::/96")  # stands for an IPv4 address, in its last four bytes


class EndpointError(AccountError):
    """Invalid input about an endpoint; the message is one sentence that says what to do."""

    def __init__(self, message: str, field: str = "url") -> None:
        super().__init__(message)
        self.field = field


class PrivateAddressError(OSError):
    """A name that leads into a private network."""


def read_url(typed: str, *, in_production: bool) -> str:
    """Return an address that may be told of events. Raises EndpointError."""
    url = typed.strip()
    parts = _split(url)
    if parts is None or not parts.hostname or len(url) > LONGEST_URL or not _VISIBLE.fullmatch(url):
        raise EndpointError("Give a web address such as https://records.example.org/rls-coach.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise EndpointError("Give the address without a user name, a password or a part after #.")
    if parts.scheme != "https" and (in_production or parts.scheme != "http" or parts.hostname not in LOOPBACK):
        raise EndpointError("The address must begin with https://: events are about people's health.")
    if in_production:
        try:
            resolve(parts.hostname, port_of(parts), public_only=True)
        except PrivateAddressError:
            raise EndpointError(
                f"{parts.hostname} is inside a private network: give an address that can be reached from the internet."
            ) from None
        except OSError:
            raise EndpointError(f"{parts.hostname} was not found: check the address.") from None
    return url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:
        return None


def port_of(parts: SplitResult) -> int:
    """Return the port of an address, by its scheme if it names none."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def resolve(host: str, port: int, *, public_only: bool) -> list[str]:
    """Look up the addresses of a name. Raises PrivateAddressError, or OSError if there are none."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError:  # a label that no name can have
        raise OSError("no such name") from None
    if public_only and not all(is_public(address) for address in found):
        raise PrivateAddressError
    return list(dict.fromkeys(found))


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet, and not to a private network or to this machine."""
    read = _meant(ip_address(address.partition("%")[0]))
    return read.is_global and not read.is_multicast


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
