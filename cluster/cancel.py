"""Tell the Prefect server that a run is not wanted any more."""

from cluster.prefect_rest import call
from cluster.server import running_server
from domain.settings import Settings


def cancel_run(settings: Settings, flow_run_id: str | None) -> None:
    """Set the run to Cancelling, so that the worker that started it ends it; without a server nobody runs it.

    Source: Prefect REST API, POST /flow_runs/{id}/set_state.
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
    call(f"{url.rstrip('/')}/flow_runs/{flow_run_id}/set_state", {"state": state, "force": kind == "CANCELLED"})
