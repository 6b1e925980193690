"""The error tree."""

import inspect
import pickle

import pytest

from domain import errors
from domain.errors import ClusterError, RateLimited

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ClusterError)]


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickle(kind: type[ClusterError]) -> None:
    """Prefect hands them from process to process."""
    error = kind("it failed\nbadly", "do this")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (kind, "it failed badly - do this")


def test_the_wait_survives_pickle() -> None:
    """A rate limit keeps its seconds."""
    assert pickle.loads(pickle.dumps(RateLimited("slow", retry_after=12.5))).retry_after == 12.5


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_draws_every_error(kind: type[ClusterError]) -> None:
    """The tree in the module's docstring is complete."""
    assert kind.__name__ in (errors.__doc__ or "")


def test_configuration_errors_end_with_two() -> None:
    """Exit code 2 is for usage and configuration, 1 for the rest."""
    twos = {kind.__name__ for kind in KINDS if kind.exit_code == 2}
    assert twos == {"ConfigurationError", "UsageError", "SandboxUnavailable", "UnknownPrice", "UnknownTask"}
