"""Who we are to GitHub: a token, or an App that makes itself one for each repository."""

import base64
import json
import time
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from domain.errors import ConfigurationError
from domain.frozen import Frozen
from domain.secrecy import keep_secret
from domain.settings import Settings

_FAILED = "GitHub authentication failed: "
_APP_REMEDY = "GITHUB_APP_PRIVATE_KEY_FILE must name the RSA key that GitHub made for the App"
_JWT_LIFE_S = 540
_CLOCK_SKEW_S = 60


class Token(Frozen):
    """A token that opens repositories; `may_push` None: not said, the repository tells."""

    secret: SecretStr
    may_push: bool | None = None
    expires: datetime | None = None

    def model_post_init(self, _: object) -> None:
        """An App makes itself tokens that no setting holds."""
        keep_secret(self.secret)

    def fresh(self, now: datetime, margin_s: float = 120.0) -> bool:
        """Whether it still holds for `margin_s` seconds."""
        return self.expires is None or (self.expires - now).total_seconds() > margin_s


class App(Frozen):
    """A GitHub App: its id, and its private key in PEM."""

    id: str
    key: SecretStr

    def jwt(self) -> SecretStr:
        """A signed proof of being the App, good for nine minutes.

        Raises `ConfigurationError` for a key that is none. Source: GitHub's documentation, "Generating a JSON Web
        Token (JWT) for a GitHub App": RS256, issued a minute ago against clock drift, at most ten minutes long.
        """
        try:
            key = load_pem_private_key(self.key.get_secret_value().encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ConfigurationError(_FAILED + "the App's private key is unreadable", _APP_REMEDY) from None
        if not isinstance(key, RSAPrivateKey):
            raise ConfigurationError(_FAILED + "the App's private key is no RSA key", _APP_REMEDY)
        now = int(time.time())
        claims = {"iat": now - _CLOCK_SKEW_S, "exp": now + _JWT_LIFE_S, "iss": self.id}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = _base64(key.sign(signed.encode(), PKCS1v15(), SHA256()))
        return SecretStr(f"{signed}.{signature}")


def access_of(settings: Settings) -> Token | App:
    """The token if there is one, else the App. Raises `ConfigurationError` if there is neither."""
    token = settings.github_token.get_secret_value().strip() if settings.github_token else ""
    if token:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigurationError(_FAILED + "GITHUB_TOKEN holds characters that no token has", "copy it again")
        return Token(secret=SecretStr(token))
    if not settings.github_app_id:
        raise ConfigurationError(
            _FAILED + "no token", "set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE"
        )
    file = settings.github_app_private_key_file
    if file is None:
        raise ConfigurationError(_FAILED + "GITHUB_APP_ID without a key", _APP_REMEDY)
    try:
        app = App(id=settings.github_app_id, key=SecretStr(file.read_text(encoding="ascii")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(_FAILED + f"cannot read {file.name}: {type(error).__name__}", _APP_REMEDY) from error
    keep_secret(app.key)
    return app


def _part(fields: dict[str, object]) -> str:
    return _base64(json.dumps(fields, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
