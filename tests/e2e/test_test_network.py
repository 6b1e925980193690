"""A repository whose tests need a service beyond the sandbox, through the whole program."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.model.script import script_from

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_REPO = "rehearsal/rates"
_TITLE = "The price in yen is wrong"
_TEST = """\
import socket
from prices import yen

def _rate():
    with socket.create_connection(("localhost", {port}), 20) as line:
        return int(line.makefile().readline())

def test_a_rate_is_there():
    assert _rate() == 150
"""
_NEW = "\\ndef test_in_yen():\\n    assert yen(2, _rate()) == 300\\n"
_RULES = '[tests]\nnetwork = ["localhost:{port}"]\n'


@pytest.fixture
def rates() -> Iterator[int]:
    """A service on this machine that tells a rate to whoever connects; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    with line:
                        line.sendall(b"150\n")

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def _issue(stage: Any, folder: Path, port: int, rules: str) -> int:
    files = {
        "prices.py": "def yen(dollars, rate):\n    return dollars + rate\n",
        "test_prices.py": _TEST.format(port=port),
        ".claude-cluster.toml": rules,
    }
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    forge = stage.rehearsal.forge
    forge.create_repository(_REPO, folder)
    forge.set_permission(_REPO, stage.rehearsal.login, "write")
    edits = f"sed -i 's/dollars + rate/dollars * rate/' prices.py && printf '{_NEW}' >> test_prices.py"
    look = f"head -n 1 </dev/tcp/localhost/{port} | sed 's/^/the rate is /'"
    submit = {"tool": "submit", "kind": "change", "title": "Multiply", "summary": "Done.", "evidence": "Tested."}
    turns = [{"use": [{"tool": "bash", "command": f"{edits}; {look}"}]}, {"use": [submit]}, {"use": [submit]}]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    stage.rehearsal.model.scripts.append(
        script_from("rates", {"match": [_TITLE], "author": turns, "reviewer": [review]})
    )
    number = stage.issue(_TITLE, "It is the sum.", _REPO)
    assert isinstance(number, int)
    return number


def test_a_service_that_is_listed(stage: Any, tmp_path: Path, rates: int) -> None:
    """Base, head and the agent's shell reach it: the receipt goes from red to green and names the host."""
    issue = _issue(stage, tmp_path / "rates", rates, _RULES.format(port=rates))
    allowed = {"CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS": f"localhost:{rates}"}
    done = stage.workflow(issue, repo=_REPO, env=allowed)
    told = done.object()
    assert (done.code, told["outcome"], told["pull_request"]["draft"]) == (0, "opened", False), done.stderr
    receipt = told["receipt"]
    assert (receipt["base"]["passed"], receipt["head"]["passed"], receipt["fixed"]) == (
        1,
        2,
        ["test_prices.py::test_in_yen"],
    )
    (pull,) = stage.rehearsal.forge.pulls(_REPO)
    assert f"these hosts could be reached by the tests and by the agent (`localhost:{rates}`)" in pull.body
    said = [str(request) for request in stage.rehearsal.model.requests()]
    assert any("the rate is 150" in one for one in said)
    assert f"The tests may reach these services, and so may you, for tests only: localhost:{rates}." in said[0]


def test_a_service_that_the_operator_does_not_allow(stage: Any, tmp_path: Path, rates: int) -> None:
    """Listed by the repository alone, a service of this machine is not reached: nothing is proven, and why is told."""
    issue = _issue(stage, tmp_path / "rates", rates, _RULES.format(port=rates))
    done = stage.workflow(issue, repo=_REPO)
    told = done.object()
    assert (done.code, told["outcome"]) == (0, "opened"), f"{told['reason']}\n{done.stderr}"
    assert (told["pull_request"]["draft"], told["receipt"]["fixed"]) == (True, [])
    assert told["receipt"]["already_failing"] == ["test_prices.py::test_a_rate_is_there"]
    (pull,) = stage.rehearsal.forge.pulls(_REPO)
    assert f"`localhost:{rates}` was not reached" in pull.body
    assert "CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS" in pull.body


def test_a_list_that_can_not_be(stage: Any, tmp_path: Path, rates: int) -> None:
    """A pattern in the list ends the work in one line that names it, before the model is paid."""
    issue = _issue(stage, tmp_path / "rates", rates, '[tests]\nnetwork = ["*:443"]\n')
    done = stage.workflow(issue, repo=_REPO)
    assert "[tests] network, item 1, should be a host's name and a port" in done.stdout + done.stderr
    assert (done.code, stage.paid(), stage.traces(_REPO).pulls) == (2, 0, ())
