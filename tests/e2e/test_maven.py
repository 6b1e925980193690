"""Java through the whole program, with the artifacts of this machine served over loopback as a repository."""

import functools
import http.server
import pwd
import shutil
import threading
from collections.abc import Iterator
from os import getuid
from pathlib import Path
from typing import Any

import pytest

from demo.model.script import script_from

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

_REPO = "rehearsal/till"
_TITLE = "The sum of 1 and 2 is wrong"
_SECONDS = 1_000
_JUPITER = "org/junit/jupiter/junit-jupiter/5.11.3"
_SUREFIRE = "org/apache/maven/surefire/surefire-junit-platform/3.5.2"
# Maven 3.8 gives plugins that name none a plexus-utils of its own, older than they need.
_PLUGIN = (
    "<plugin><artifactId>maven-{}-plugin</artifactId><version>{}</version><dependencies><dependency>"
    "<groupId>org.codehaus.plexus</groupId><artifactId>plexus-utils</artifactId><version>3.5.1</version>"
    "</dependency></dependencies></plugin>"
)
_PLUGINS = "".join(
    _PLUGIN.format(*one) for one in (("surefire", "3.5.2"), ("compiler", "3.13.0"), ("resources", "3.3.1"))
)
_POM = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    "<groupId>acme</groupId><artifactId>till</artifactId><version>1</version>"
    "<properties><maven.compiler.release>17</maven.compiler.release>"
    "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>"
    "<dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId>"
    f"<version>5.11.3</version><scope>test</scope></dependency></dependencies>"
    f"<build><plugins>{_PLUGINS}</plugins></build></project>"
)
_CODE = "src/main/java/acme/Till.java"
_TEST = "src/test/java/acme/TillTest.java"
_TEST_TEXT = """\
package acme;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TillTest {
  @Test
  void zero() {
    assertEquals(0, Till.add(0, 0));
  }
}
"""
_NEW = "  @Test\\n  void three() {\\n    assertEquals(3, Till.add(1, 2));\\n  }\\n}"
_EDIT = f"sed -i 's/a - b/a + b/' {_CODE} && sed -i '$ s/}}/{_NEW}/' {_TEST} && mvn -o -q test && echo 'they all pass'"


@pytest.fixture
def artifacts() -> Iterator[str]:
    """The address of this machine's own Maven repository; without what the project needs, the test is skipped."""
    for program in ("mvn", "java"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not on this machine")
    repository = Path(pwd.getpwuid(getuid()).pw_dir, ".m2/repository")
    if not all(any((repository / path).glob("*.jar")) for path in (_JUPITER, _SUREFIRE)):
        pytest.skip("this machine has no Maven artifacts to serve")
    handler = functools.partial(_Quiet, directory=str(repository))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _repository(stage: Any, folder: Path, address: str) -> None:
    mirror = f"<settings><mirrors><mirror><id>here</id><mirrorOf>*</mirrorOf><url>{address}</url></mirror></mirrors>"
    files = {
        "pom.xml": _POM,
        ".gitignore": "target/\n",
        ".mvn/maven.config": "-s\n.mvn/settings.xml\n",
        ".mvn/settings.xml": f"{mirror}</settings>\n",
        _CODE: "package acme;\n\nclass Till {\n  static int add(int a, int b) {\n    return a - b;\n  }\n}\n",
        _TEST: _TEST_TEXT,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    stage.rehearsal.forge.create_repository(_REPO, folder)
    stage.rehearsal.forge.set_permission(_REPO, stage.rehearsal.login, "write")


def test_java(stage: Any, tmp_path: Path, artifacts: str) -> None:
    """The issue becomes a pull request that is ready; the receipt names the test that was red, run without network."""
    _repository(stage, tmp_path / "till", artifacts)
    submit = {"tool": "submit", "kind": "change", "title": "Add", "summary": "Added.", "evidence": "Tested."}
    turns = [{"use": [{"tool": "bash", "command": _EDIT}]}, {"use": [submit]}, {"use": [submit]}]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    stage.rehearsal.model.scripts.append(
        script_from("java", {"match": [_TITLE], "author": turns, "reviewer": [review]})
    )
    issue = stage.issue(_TITLE, "It is -1.", _REPO)
    command = ("workflow", "--issue", issue, "--repo", _REPO, "--json")
    running = stage.start("claude-cluster", *command, env={"CLAUDE_CLUSTER_COMMAND_SECONDS": "400"})
    done = running.wait(_SECONDS)
    told = done.object()
    assert (done.code, told["outcome"], told["pull_request"]["draft"]) == (0, "opened", False), done.stderr
    receipt = told["receipt"]
    assert (receipt["command"], receipt["base"], receipt["head"]) == (
        "mvn test",
        {"passed": 1, "failed": 0, "skipped": 0},
        {"passed": 2, "failed": 0, "skipped": 0},
    )
    assert (receipt["fixed"], receipt["broken"], receipt["tampered"]) == (["acme.TillTest::three"], [], [])
    assert any("they all pass" in str(request) for request in stage.rehearsal.model.requests()[1:])
