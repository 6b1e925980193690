"""Let a suspended run go on."""

from cluster.prefect_rest import call
from cluster.server import running_server
from domain.frozen import Frozen
from domain.settings import Settings


class Resumed(Frozen):
    """What the Prefect server made of it: `taken`, and whether a worker (not a command) takes the run up."""

    taken: bool = False
    by_worker: bool = False


def resume_run(settings: Settings, flow_run_id: str | None) -> Resumed:
    """Resume the run as the UI's button does; without a server, or for a run that is gone, nothing happens.

    Source: Prefect REST API, POST /flow_runs/{id}/resume.
    """
    url = settings.prefect_api_url or running_server(settings.home)
    if flow_run_id is None or url is None:
        return Resumed()
    run = f"{url.rstrip('/')}/flow_runs/{flow_run_id}"
    told, known = call(f"{run}/resume", {}), call(run)
    taken = told is not None and told.get("status") == "ACCEPT"
    return Resumed(taken=taken, by_worker=taken and known is not None and bool(known.get("deployment_id")))
