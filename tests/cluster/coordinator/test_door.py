"""Who may come in."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cluster.coordinator.door import Door, is_loopback
from cluster.coordinator.options import Options, tls_of
from cluster.coordinator.token import ensure_token, known_token, token_file
from domain.errors import ConfigurationError, UsageError
from domain.settings import Settings


async def _inside(_: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


def door(token: str | None) -> httpx.AsyncClient:
    """A client of an application behind a door."""
    app = Starlette(routes=[Route(path, _inside) for path in ("/health", "/api/tasks")])
    transport = httpx.ASGITransport(app=Door(app, SecretStr(token) if token else None))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001")


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer ", "secret-token", "bearer secret-token"])
async def test_without_the_token_only_health_answers(given: str | None) -> None:
    """401 that says what to send."""
    headers = {"Authorization": given} if given else {}
    async with door("secret-token") as client:
        assert (await client.get("/health", headers=headers)).status_code == 200
        refused = await client.get("/api/tasks", headers=headers)
        assert (refused.status_code, "Bearer TOKEN" in refused.text) == (401, True)
        assert (await client.get("/api/tasks", headers={"Authorization": "Bearer secret-token"})).text == "inside"


async def test_a_page_in_a_browser_is_no_caller_on_loopback() -> None:
    """Without a token only programs of this machine come in: no other name, no page's script."""
    async with door(None) as client:
        assert (await client.get("/api/tasks")).text == "inside"
        assert (await client.get("/api/tasks", headers={"Host": "evil.example:8001"})).status_code == 401
        assert (await client.get("/api/tasks", headers={"Origin": "https://evil.example"})).status_code == 401


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("pc", False)]
)
def test_loopback(host: str, loopback: bool) -> None:
    """Every other address is open to others."""
    assert is_loopback(host) is loopback
    assert Options(host=host).open_to_others is not loopback


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """0600; the environment's goes first; a file that others may read is refused."""
    settings = Settings(_env_file=None).model_copy(update={"home": tmp_path / "state", "api_token": None})
    assert known_token(settings) is None
    token, made = ensure_token(settings)
    assert (made, token_file(settings.home).stat().st_mode & 0o777) == (True, 0o600)
    assert ensure_token(settings) == (token, False)
    assert len(token.get_secret_value()) >= 32
    given = settings.model_copy(update={"api_token": SecretStr("given")})
    assert known_token(given) == SecretStr("given")
    token_file(settings.home).chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        known_token(settings)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, None),
        ("postgresql://u:p@db/name", "postgresql+asyncpg://u:p@db/name"),
        ("postgres://u:p@db/name", "postgresql+asyncpg://u:p@db/name"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_a_database_is_named_as_people_write_it(given: str | None, used: str | None) -> None:
    """The driver is ours to choose."""
    assert Options(database_url=given).ledger_url == used


def test_another_database_is_refused() -> None:
    """In one line."""
    with pytest.raises(UsageError, match="mysql"):
        _ = Options(database_url="mysql://db/name").ledger_url


def test_tls_takes_two_files(tmp_path: Path) -> None:
    """Both, and they must be there."""
    assert tls_of(None, None) is None
    with pytest.raises(ConfigurationError, match="give both"):
        tls_of(tmp_path / "cert.pem", None)
    with pytest.raises(ConfigurationError, match="is not there"):
        tls_of(tmp_path / "cert.pem", tmp_path / "key.pem")
