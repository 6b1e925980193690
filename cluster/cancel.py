"""Tell the Prefect server that a run is not wanted any more."""

import json
import urllib.error
import urllib.request

from cluster.server import running_server
from domain.settings import Settings


def cancel_run(settings: Settings, flow_run_id: str | None) -> None:
    """Set the run to Cancelling, so that the worker that started it ends it; without a server nobody runs it.

    Source: Prefect REST API, POST /flow_runs/{id}/set_state; called plainly so that `cancel` need not load Prefect.
    """
    _set_state(settings, flow_run_id, "CANCELLING")


def settle_cancelled(settings: Settings, flow_run_id: str | None) -> None:
    """The run's process is gone: without a worker nobody else says so, and Prefect takes it for a crash."""
    _set_state(settings, flow_run_id, "CANCELLED")


def _set_state(settings: Settings, flow_run_id: str | None, kind: str) -> None:
    url = settings.prefect_api_url or running_server(settings.home)
    if flow_run_id is None or url is None:
        return
    state = {"type": kind, "message": "claude-cluster cancel"}
    body = json.dumps({"state": state, "force": kind == "CANCELLED"}).encode()
    request = urllib.request.Request(  # noqa: S310 - the address is the server's own
        f"{url.rstrip('/')}/flow_runs/{flow_run_id}/set_state",
        data=body,
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the same
            return
    except urllib.error.HTTPError as error:
        if error.code != 404:  # noqa: PLR2004 - the run is gone, which is what was wanted
            raise
