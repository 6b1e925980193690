"""A client of the coordinator's API."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from adapters.cases_http.line import trusted
from adapters.cases_http.tls import refused
from cluster.coordinator.token import known_token
from domain.errors import AuthenticationFailed, ClusterError, ConfigurationError, Transient, UnknownTask, UsageError
from domain.settings import Settings

_REMEDY = "set CLAUDE_CLUSTER_API_TOKEN, here or in .env, to what the file `token` in its state folder holds"
_UNAUTHORIZED, _NOT_FOUND, _UNPROCESSABLE, _SERVER = 401, 404, 422, 500


class RemoteApi:
    """`host` and `port` of the API; with a CA file it is spoken to over TLS."""

    def __init__(self, settings: Settings, host: str | None, port: int | None, ca_file: Path | None = None) -> None:
        ca_file = ca_file or settings.ca_file
        token = known_token(settings)
        self._has_token = token is not None
        where = f"{host or settings.coordinator_host}:{port or settings.coordinator_port}"
        self.url = f"{'https' if ca_file else 'http'}://{where}"
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=trusted(ca_file))

    def status(self) -> dict[str, Any]:
        """`GET /api/cluster/status`."""
        return self._call("GET", "/api/cluster/status")

    def report(self) -> dict[str, Any]:
        """`GET /api/report`."""
        return self._call("GET", "/api/report")

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        """`POST /api/tasks`."""
        return self._call("POST", "/api/tasks", body)

    def task(self, task_id: str) -> dict[str, Any]:
        """`GET /api/tasks/{id}`."""
        return self._call("GET", f"/api/tasks/{quote(task_id, safe='')}")

    def cancel(self, task_id: str) -> dict[str, Any]:
        """`DELETE /api/tasks/{id}`."""
        return self._call("DELETE", f"/api/tasks/{quote(task_id, safe='')}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises `Transient` without an answer, and what a refusal stands for."""
        try:
            response = self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            if about_tls := refused(error, self.url):
                raise about_tls from error
            words = str(error) or type(error).__name__
            raise Transient(
                f"the coordinator at {self.url} does not answer ({words})",
                "check --coordinator-host, --coordinator-port and that it runs",
            ) from error
        if response.is_success:
            return _object(response, self.url)
        if response.status_code == _UNAUTHORIZED and not self._has_token:
            raise AuthenticationFailed(f"the coordinator at {self.url} asks for its token, and none is set", _REMEDY)
        raise _refusal(response, self.url)


def _object(response: httpx.Response, url: str) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConfigurationError(f"what answers at {url} is no coordinator", "check the host and the port")
    return found


def _refusal(response: httpx.Response, url: str) -> ClusterError:
    if response.status_code == _UNAUTHORIZED:
        return AuthenticationFailed(
            f"the coordinator at {url} refuses the token",
            _REMEDY,
        )
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"it answered {response.status_code}"
    if isinstance(detail, list):
        detail = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    if response.status_code == _NOT_FOUND:
        return UnknownTask(str(detail))
    if response.status_code == _UNPROCESSABLE:
        return UsageError(str(detail))
    return Transient(str(detail)) if response.status_code >= _SERVER else ClusterError(str(detail))
