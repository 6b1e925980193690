"""GitHub Apps: the key proves the App, the App makes a token for one repository."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.github.client import GitHubClient
from adapters.github.issues import GitHubIssues
from domain.errors import AuthenticationFailed, ConfigurationError, NotFound

REPO = {"id": 7, "full_name": "o/r", "default_branch": "main", "permissions": {"push": False}}
WRITES = {"contents": "write", "pull_requests": "write", "metadata": "read"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
INSTALLATION = "GET /repos/o/r/installation"
MAKE = "POST /app/installations/3/access_tokens"


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@pytest.fixture
def app(forge: Any, tmp_path: Path) -> GitHubClient:
    """A client of App 12."""
    file = tmp_path / "app.pem"
    file.write_bytes(_pem(KEY))
    return forge.client(github_token=None, github_app_id="12", github_app_private_key_file=file)


def _made(life_s: float = 3600, **permissions: str) -> dict[str, object]:
    end = (datetime.now(UTC) + timedelta(seconds=life_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"token": "ghs_made", "expires_at": end, "permissions": permissions or WRITES}


def _claims(header: str) -> dict[str, object]:
    signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    KEY.public_key().verify(raw, signed.encode(), PKCS1v15(), SHA256())
    first, second = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
    assert first == {"alg": "RS256", "typ": "JWT"}
    return second


async def test_an_app_makes_a_token_for_the_one_repository(forge: Any, app: GitHubClient) -> None:
    """Signed proof, installation, token, call; the token is kept and also serves git."""
    forge.answers(INSTALLATION, {"id": 3})
    forge.answers(MAKE, _made(), 201)
    forge.answers("GET /repos/o/r", REPO)
    forge.answers("GET /repos/O/R", REPO)
    issues = GitHubIssues(app)
    assert (await issues.repository("o/r")).can_push is True
    assert (await issues.repository("O/R")).can_push is True
    assert (await app.token("o/r")).get_secret_value() == "ghs_made"
    sent = [call.headers["authorization"] for call in forge.calls]
    assert sent[2:] == ["Bearer ghs_made"] * 2
    assert forge.calls[1].body == {"repositories": ["r"]}
    claims = _claims(sent[0])
    assert claims["iss"] == "12"
    assert claims["iat"] <= time.time() - 59
    assert time.time() + 400 < claims["exp"] <= time.time() + 600


async def test_what_an_app_may_is_said_by_its_token(forge: Any, app: GitHubClient) -> None:
    """The repository's own word counts for users, not for Apps."""
    forge.answers(INSTALLATION, {"id": 3})
    forge.answers(MAKE, _made(contents="read", pull_requests="write"), 201)
    forge.answers("GET /repos/o/r", {**REPO, "permissions": {"push": True}})
    assert (await GitHubIssues(app).repository("o/r")).can_push is False


async def test_an_old_token_is_made_anew(forge: Any, app: GitHubClient) -> None:
    """A token that ends within two minutes is not used any more."""
    for _ in range(2):
        forge.answers(INSTALLATION, {"id": 3})
        forge.answers(MAKE, _made(life_s=100), 201)
        await app.token("o/r")


async def test_a_revoked_token_is_forgotten(forge: Any, app: GitHubClient) -> None:
    """After GitHub refused it, the next call makes another."""
    for answer, status in ((({"message": "Bad credentials"}), 401), (REPO, 200)):
        forge.answers(INSTALLATION, {"id": 3})
        forge.answers(MAKE, _made(), 201)
        forge.answers("GET /repos/o/r", answer, status)
    with pytest.raises(AuthenticationFailed):
        await GitHubIssues(app).repository("o/r")
    assert (await GitHubIssues(app).repository("o/r")).id == 7


async def test_an_app_that_is_not_installed_says_so(forge: Any, app: GitHubClient) -> None:
    """The user learns where to install it."""
    forge.answers(INSTALLATION, {"message": "Not Found"}, 404)
    with pytest.raises(NotFound) as caught:
        await GitHubIssues(app).repository("o/r")
    assert str(caught.value) == "the GitHub App is not installed on o/r - install it there"


async def test_an_app_has_a_login(forge: Any, app: GitHubClient) -> None:
    """Its comments are written by its slug."""
    forge.answers("GET /app", {"slug": "claude-cluster"})
    assert await app.login() == "claude-cluster[bot]"


async def test_a_token_beats_the_app(forge: Any, tmp_path: Path) -> None:
    """With both set, no App is asked."""
    client = forge.client(github_app_id="12", github_app_private_key_file=tmp_path / "none.pem")
    assert (await client.token("o/r")).get_secret_value().startswith("ghp_")


EC_KEY = _pem(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot read app.pem: FileNotFoundError"),
        (b"\xff\xfe", "cannot read app.pem: UnicodeDecodeError"),
        (b"secret words", "the App's private key is unreadable"),
        (EC_KEY, "the App's private key is no RSA key"),
    ],
    ids=["missing", "binary", "words", "elliptic"],
)
async def test_a_key_that_is_none_is_named_and_not_shown(
    forge: Any, tmp_path: Path, content: object, reason: str
) -> None:
    """The message names the setting and holds nothing of the file."""
    file = tmp_path / "app.pem"
    if content is not None:
        file.write_bytes(content)
    client = forge.client(github_token=None, github_app_id="12", github_app_private_key_file=file)
    with pytest.raises(ConfigurationError) as caught:
        await client.token("o/r")
    assert str(caught.value) == (
        f"GitHub authentication failed: {reason} - "
        "GITHUB_APP_PRIVATE_KEY_FILE must name the RSA key that GitHub made for the App"
    )


async def test_an_app_without_a_key_is_a_setting_that_is_missing(forge: Any) -> None:
    """The id alone opens nothing."""
    with pytest.raises(ConfigurationError, match="GITHUB_APP_ID without a key"):
        await forge.client(github_token=None, github_app_id="12").token("o/r")
