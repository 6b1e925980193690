"""The coordinator's parts over a ledger in a folder; its Prefect server and its forge are not there."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster.coordinator.options import Options
from cluster.coordinator.parts import Parts
from cluster.coordinator.prefect_api import PrefectApi
from domain.settings import Settings
from wiring.outside import Outside


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Nothing answers at port 1 of loopback."""
    nowhere = "http://127.0.0.1:1"
    settings = Settings(
        _env_file=None,
        github_token=SecretStr("a-token-of-nobody"),
        github_api_url=nowhere,
        github_server_url=nowhere,
    ).model_copy(update={"home": tmp_path / "state"})
    return Parts(Outside(settings), PrefectApi(f"{nowhere}/api"), Options(), None)
