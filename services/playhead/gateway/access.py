"""Access control: by an API key, where one is set; without one, on loopback only and not from pages of other origins."""

import hmac
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from playhead.domain.errors import Unavailable
from playhead.gateway.problems import Refused
from playhead.runtime.settings import Settings

LEAST_KEY = 16


class Key:
    """The API key. Never shown: not in repr, not in logs."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __bool__(self) -> bool:
        return bool(self._secret)

    def opens(self, request: web.Request) -> bool:
        """Whether a request carries the key, as bearer token or as X-API-Key."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else request.headers.get("X-API-Key", "")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret)


def read_key(settings: Settings) -> Key:
    """Reads the key from the environment or from its file; an empty one if neither is set.

    Raises:
        Unavailable: the file can't be read, or the key is too short to be one.
    """
    secret = settings.api_key
    if settings.api_key_file:
        try:
            secret = Path(settings.api_key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(
                f"The API key can't be read from its file: {error}.", "Mend PLAYHEAD_API_KEY_FILE."
            ) from error
        if not secret:
            raise Unavailable("The file of the API key is empty.", "Put a key into it.")
    if 0 < len(secret) < LEAST_KEY:
        raise Unavailable(f"The API key has fewer than {LEAST_KEY} characters.", "Use a longer one.")
    return Key(secret)


def need_key(host: str, key: Key) -> None:
    """Makes sure that an address that other machines can reach has a key.

    Raises:
        Unavailable: it has none.
    """
    if not is_loopback(host) and not key:
        raise Unavailable(
            f"{host} can be reached from other machines, and there is no API key.",
            "Set PLAYHEAD_API_KEY or PLAYHEAD_API_KEY_FILE, or stay on 127.0.0.1.",
        )


@lru_cache(64)
def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check(request: web.Request, key: Key) -> None:
    """Lets a request in, or refuses it.

    Raises:
        Refused: it has no valid key, or asks for a host that is not served.
    """
    if key:
        if request.path.startswith("/v1/") and not key.opens(request):
            raise Refused(401, "The API key is missing or wrong.", "Send it as Authorization: Bearer KEY.")
    elif not is_loopback(_host(request)):
        # A page elsewhere whose name was made to point here (DNS rebinding) calls this port by that name.
        raise Refused(421, "This host is not served here.", "Ask for 127.0.0.1 or localhost.")


def _host(request: web.Request) -> str:
    host = request.host
    return host.rsplit(":", 1)[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
