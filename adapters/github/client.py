"""Settings in, conversations with GitHub out."""

import functools
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import httpx
from githubkit import GitHub
from githubkit.auth import BaseAuthStrategy
from githubkit.core import GitHubCore
from pydantic import SecretStr

from adapters.github.access import App, Token, access_of
from adapters.github.address import address
from adapters.github.failures import translate
from adapters.github.pace import Pace
from adapters.github.payloads import AppPayload, Created, TokenPayload, User
from adapters.github.rate_limit import readable_wait
from adapters.github.session import Session
from domain.errors import AuthenticationFailed, NotFound, PermissionDenied
from domain.settings import Settings

_TIMEOUT_S = 30.0


class GitHubClient:
    """Makes sessions; keeps settings, pace and the App's tokens, but no connection, so it serves any event loop.

    `transport` stands in for the network. Nothing is checked before the first session.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._pace = pace or Pace()
        self._tokens: dict[str, Token] = {}

    @asynccontextmanager
    async def session(self, repo: str) -> AsyncIterator[Session]:
        """A session that may work on `owner/name`. Raises `ConfigurationError` if no access is configured."""
        try:
            async with self._opened(await self._token(repo)) as session:
                yield session
        except AuthenticationFailed:
            self._tokens.pop(repo.lower(), None)
            raise

    async def token(self, repo: str) -> SecretStr:
        """The token for git over HTTP to `owner/name`; an App's is good for two minutes at least."""
        return (await self._token(repo)).secret

    async def login(self) -> str:
        """Our own login; `unknown` if the token may not ask, as a workflow's token may not."""
        access = access_of(self._settings)
        try:
            if isinstance(access, App):
                async with self._opened(Token(secret=access.jwt())) as session:
                    return f"{(await session.get('app', AppPayload, 'the App')).slug}[bot]"
            async with self._opened(access) as session:
                return (await session.get("user", User, "our login")).login or "unknown"
        except (NotFound, PermissionDenied):
            return "unknown"

    async def _token(self, repo: str) -> Token:
        access = access_of(self._settings)
        if isinstance(access, Token):
            return access
        known = self._tokens.get(repo.lower())
        if known and known.fresh(datetime.now(UTC)):
            return known
        async with self._opened(Token(secret=access.jwt())) as session:
            made = await _installation_token(session, repo)
        self._tokens[repo.lower()] = made
        return made

    @asynccontextmanager
    async def _opened(self, token: Token) -> AsyncIterator[Session]:
        async with self._transported(token) as github:
            yield Session(github, self._pace, token)

    def _transported(self, token: Token) -> GitHub[BaseAuthStrategy]:
        try:
            return GitHub(
                _Bearer(token.secret),
                base_url=self._settings.github_api_url,
                user_agent=f"claude-cluster/{version('claude-cluster')}",
                follow_redirects=False,
                timeout=_TIMEOUT_S,
                ssl_verify=certificates(),
                async_transport=self._transport,
                async_event_hooks={"response": [readable_wait]},
                http_cache=False,
                auto_retry=False,
            )
        except httpx.InvalidURL as error:
            raise translate(error, "GITHUB_API_URL") from error


async def _installation_token(session: Session, repo: str) -> Token:
    """A token for this one repository, with the rights that its owner gave the App."""
    subject = f"the App's installation on {repo}"
    try:
        installation = await session.get(address(repo, "installation"), Created, subject)
    except NotFound as error:
        raise NotFound(f"the GitHub App is not installed on {repo}", "install it there") from error
    path = f"app/installations/{installation.id}/access_tokens"
    made = await session.write("POST", path, TokenPayload, subject, {"repositories": [repo.split("/")[1]]})
    may_push = all(made.permissions.get(right) == "write" for right in ("contents", "pull_requests"))
    return Token(secret=SecretStr(made.token), may_push=may_push, expires=made.expires_at)


@functools.cache
def certificates() -> ssl.SSLContext:
    """Whom the system trusts; read once a process, or once for all runs that are forked from it."""
    return httpx.create_ssl_context()


class _BearerAuth(httpx.Auth):
    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._secret.get_secret_value()}"
        yield request


class _Bearer(BaseAuthStrategy):
    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret

    def get_auth_flow(self, github: GitHubCore[BaseAuthStrategy]) -> httpx.Auth:  # noqa: ARG002 -- their signature
        return _BearerAuth(self._secret)
