"""Signing in at an OpenID provider (on a Space the Hub), so that other devices find the same history.

Knows the authorization code flow with PKCE (RFC 6749, 7636) through Authlib, and that an account is to us an
owner id made from it and no more: its name is kept nowhere. Keeps nothing between two requests. Knows
nothing of what belongs to an owner.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from itsdangerous import BadData, URLSafeTimedSerializer

from aigc_demo.guard.identity import Identity
from aigc_demo.settings import Settings
from aigc_demo.types import UserError

log = logging.getLogger(__name__)

SCOPES = "openid profile"
_PATIENCE = 10.0  # seconds for each answer of the provider
_DECIDE = 600
"""Seconds between going to the provider and coming back."""
_HAND_OVER = 60
"""Seconds in which the tab that signed in tells the frame that opened it."""


@dataclass(frozen=True)
class Provider:
    """Who vouches for people, and what it knows this app by."""

    url: str
    client_id: str
    client_secret: str


def provider_of(settings: Settings) -> Provider | None:
    """Who vouches for people here; None where nobody does."""
    if not (settings.oauth_client_id and settings.oauth_client_secret):
        return None
    url = settings.openid_provider_url.rstrip("/")
    return Provider(url, settings.oauth_client_id, settings.oauth_client_secret)


class SignIn:
    """Brings visitors to the provider and back.

    Args:
        identity: signs what travels, and makes owners of accounts.
        provider: whom to ask.
        transport: what carries the questions; None for the network.
    """

    def __init__(
        self, identity: Identity, provider: Provider, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._identity = identity
        self._provider = provider
        self._transport = transport
        self._states: URLSafeTimedSerializer = identity.serializer("sign-in-state")
        self._codes: URLSafeTimedSerializer = identity.serializer("sign-in-code")

    async def leave_for(self, owner: str, callback: str) -> str:
        """The provider's address that asks whoever is ``owner`` here; it sends them back to ``callback``.

        Raises:
            UserError: ``sign_in_failed`` (502) where the provider does not answer.
        """
        nonce = secrets.token_urlsafe(16)
        async with self._client(callback) as client:
            known = await self._discover(client)
            url, _ = client.create_authorization_url(
                known["authorization_endpoint"],
                state=self._states.dumps([nonce, _digest(owner)]),
                code_verifier=self._verifier(nonce),
            )
        return str(url)

    async def come_back(self, owner: str, state: str, code: str, callback: str) -> str:
        """The owner id of the account that the provider vouches for.

        Raises:
            UserError: ``sign_in_failed``: 400 for a state that is forged, old or another visitor's, 502
                where the provider does not confirm the code.
        """
        try:
            nonce, whose = self._states.loads(state, max_age=_DECIDE)
        except (BadData, ValueError, TypeError):
            raise _failed(400) from None
        if whose != _digest(owner):
            raise _failed(400)
        async with self._client(callback) as client:
            known = await self._discover(client)
            try:
                await client.fetch_token(
                    known["token_endpoint"], code=code, code_verifier=self._verifier(nonce)
                )
                answer = await client.get(known["userinfo_endpoint"])
                subject = answer.raise_for_status().json()["sub"]
            except (AuthlibBaseError, httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
                log.warning("the provider confirms no sign-in: %s", type(error).__name__)
                raise _failed(502) from error
        return self._identity.account(self._provider.url, str(subject))

    def code_for(self, account: str) -> str:
        """What proves for a minute that somebody has signed in, for the frame that opened the tab."""
        return str(self._codes.dumps(account))

    def claimed(self, code: str) -> str:
        """The account that a code stands for.

        Raises:
            UserError: ``sign_in_failed`` (400) for one that is forged or old.
        """
        try:
            return str(self._codes.loads(code, max_age=_HAND_OVER))
        except BadData:
            raise _failed(400) from None

    def _client(self, callback: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._provider.client_id,
            self._provider.client_secret,
            scope=SCOPES,
            redirect_uri=callback,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            transport=self._transport,
        )

    async def _discover(self, client: AsyncOAuth2Client) -> dict[str, str]:
        """Where the provider wants to be asked what."""
        try:
            url = f"{self._provider.url}/.well-known/openid-configuration"
            answer = await client.request("GET", url, withhold_token=True)
            found: dict[str, str] = answer.raise_for_status().json()
            return {name: found[name] for name in _ENDPOINTS}
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("the provider %s does not answer: %s", self._provider.url, type(error).__name__)
            raise _failed(502) from error

    def _verifier(self, nonce: str) -> str:
        """The secret half of PKCE's pair: ours alone, and made again when the visitor comes back."""
        return self._identity.derived("sign-in-verifier", nonce)


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")


def _digest(owner: str) -> str:
    """The owner's id is a secret; the state travels through other servers' logs."""
    return hashlib.sha256(owner.encode()).hexdigest()[:32]


def _failed(status: int) -> UserError:
    return UserError("sign_in_failed", "error.sign_in_failed", status=status)
