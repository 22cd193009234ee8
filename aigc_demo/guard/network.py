"""The server as others in its network find it: its addresses there, and whether any is listened on.

Knows network interfaces. Knows nothing of routes.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]

from aigc_demo.settings import Settings

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not listened on
_INNER = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "utun", "tun", "tap", "zt", "cni", "flannel")
"""Beginnings of interfaces that lead to containers and tunnels, where no phone is."""


def addresses() -> list[str]:
    """IPv4 addresses that a phone beside it may reach, private ones first."""
    found: list[str] = []
    states = psutil.net_if_stats()
    for name, known in sorted(psutil.net_if_addrs().items()):
        if name.startswith(_INNER) or not getattr(states.get(name), "isup", False):
            continue
        for one in known:
            try:
                address = ipaddress.IPv4Address(one.address)
            except ValueError:
                continue
            if not address.is_loopback and not address.is_link_local:
                found.append(one.address)
    return sorted(found, key=lambda one: not ipaddress.IPv4Address(one).is_private)


def for_phones(settings: Settings, base: str) -> tuple[str, bool]:
    """The address that phones are to open, and whether any but this machine reaches it.

    ``base`` is how the server was called just now; a public address counts before all, and where it was
    called by this machine's own name while it listens on all, its address in the network takes that place.
    """
    if settings.public_url or settings.on_space:
        return (settings.public_url or settings.space_url or base).rstrip("/"), True
    host = urlsplit(base).hostname or ""
    if not _is_here(host):
        return base.rstrip("/"), True
    own = addresses() if settings.host in _EVERYWHERE else []
    if not own:
        return base.rstrip("/"), False
    port = urlsplit(base).port
    return f"http://{own[0]}" + (f":{port}" if port else ""), True


def found_at(settings: Settings) -> list[str]:
    """What is said at the start: where the app is, and where phones find it."""
    lines = [f"AIGC Studio is at http://{settings.host}:{settings.port}"]
    if settings.public_url:
        return lines
    if settings.host in _EVERYWHERE:
        own = [f"http://{address}:{settings.port}/class" for address in addresses()]
        return [*lines, f"Phones in this network find it at {own[0]}" if own else "No network was found."]
    if _is_here(settings.host):
        lines.append("Only this machine can reach it; for phones start it with --host 0.0.0.0")
    return lines


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
