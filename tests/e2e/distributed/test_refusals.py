"""What can't work is refused in one line, before anything is started."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

PROGRAM = "claude-cluster-distributed"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else has."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


@pytest.fixture
def run(bare: Any, tmp_path: Path) -> Callable[..., Any]:
    """The program from its start to its end, with a state folder of its own."""

    def done(*arguments: object, **variables: str) -> Any:
        if arguments[0] == "start-coordinator":  # other tests have the usual ports
            wanted = [name for name in ("--port", "--webhook-port", "--prefect-port") if name not in arguments]
            arguments = (*arguments, *(part for name in wanted for part in (name, free_port())))
        home = {"CLAUDE_CLUSTER_HOME": str(tmp_path / "state"), "CLAUDE_CLUSTER_API_TOKEN": "a-token-of-the-cluster"}
        return bare.start(PROGRAM, *arguments, env={**home, **variables}).wait(60)

    return done


@pytest.mark.parametrize(
    ("option", "what"), [("--port", "the coordinator API"), ("--prefect-port", "the Prefect server")]
)
def test_a_port_in_use(run: Callable[..., Any], taken: int, option: str, what: str) -> None:
    """Names what can't listen where, and how to find out who does."""
    done = run("start-coordinator", option, taken)
    assert done.code == 2
    assert f"{what} can't listen on 127.0.0.1:{taken}: Address already in use" in done.error


def test_two_coordinators_on_one_state_folder(run: Callable[..., Any], tmp_path: Path) -> None:
    """The second would end the first one's database."""
    (tmp_path / "state").mkdir()
    with FileLock(tmp_path / "state" / "coordinator.lock"):
        done = run("start-coordinator")
    assert (done.code, "a coordinator runs already on" in done.error) == (2, True)


def test_a_database_out_of_reach(run: Callable[..., Any], tmp_path: Path) -> None:
    """Said at once, without the password."""
    done = run("start-coordinator", "--database-url", "postgresql://cluster:a-long-password@127.0.0.1:1/ledger")
    assert (done.code, "the ledger is out of reach" in done.error) == (1, True)
    assert "a-long-password" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("start-coordinator", "--ssl-certfile", "cert.pem"), "give both --ssl-certfile and --ssl-keyfile"),
        (("start-coordinator", "--database-url", "mysql://db/name"), "mysql://"),
        (("start-node", "--specialties", "plumbing"), "plumbing"),
        (("start-node", "--specialties", ","), "no specialty was given"),
        (("start-node", "--specialties", "backend", "--node-id", "no name"), "is no node id"),
        (("workflow", "--issue", 1), "no repository was given"),
    ],
)
def test_what_makes_no_sense(run: Callable[..., Any], arguments: tuple[object, ...], words: str) -> None:
    """Exit code 2, and the word that was wrong."""
    done = run(*arguments)
    assert (done.code, words in done.error) == (2, True)


def test_nobody_answers(run: Callable[..., Any]) -> None:
    """The address, and what to check."""
    done = run("status", "--show-cluster", "--coordinator-port", 1)
    assert (done.code, "the coordinator at http://localhost:1 does not answer" in done.error) == (1, True)
