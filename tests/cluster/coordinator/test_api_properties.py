"""Whatever is sent to the API, it never breaks: requests made from its own description, valid and not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from cluster.coordinator.parts import Parts

_OPERATIONS = (
    ("/api/tasks", "POST"),
    ("/api/tasks", "GET"),
    ("/api/tasks/{task_id}", "GET"),
    ("/api/tasks/{task_id}", "DELETE"),
    ("/api/cluster/status", "GET"),
    ("/api/report", "GET"),
    ("/health", "GET"),
    ("/metrics", "GET"),
)
_ALLOWED = {200, 202, 400, 404, 405, 409, 422, 502, 503}


@pytest.fixture
def described(parts: Parts) -> Any:
    """The API with its OpenAPI description."""
    return schemathesis.openapi.from_asgi("/openapi.json", parts.api.app)


def test_every_operation_is_tried(described: Any) -> None:
    """One that is added must be added here."""
    found = {(one.ok().path, one.ok().method.upper()) for one in described.get_all_operations()}
    assert found == set(_OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), _OPERATIONS)
def test_no_request_breaks_it(described: Any, path: str, method: str, mode: GenerationMode) -> None:
    """A wrong field is refused in words, an absent forge or Prefect server is 503 or 502: never 500."""
    operation = described[path][method]

    @settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: Any) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        response = case.call()
        assert response.status_code in _ALLOWED, response.text

    try:
        ask()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:  # of a request without a field no wrong one can be made
            raise
