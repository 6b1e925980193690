"""The port without isolation."""

from pathlib import Path

import pytest

from adapters.sandbox import Unconfined
from domain.command import Place


async def test_no_key_is_handed_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even without isolation our variables and our home are not the command's."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-7231")
    told = await Unconfined().run(place, "env; ls -A $HOME", 20, {"A": "given"})
    names = {line.partition("=")[0] for line in told.output.splitlines()}
    assert "canary" not in told.output
    assert {"A", "PATH", "HOME", "PAGER"} <= names
    assert f"HOME={Path.home()}\n" not in told.output


async def test_home_is_removed(place: Place) -> None:
    """The home folder of a command goes with it."""
    told = await Unconfined().run(place, "touch $HOME/x; echo $HOME", 20, {})
    assert not Path(told.output.strip()).exists()


@pytest.mark.parametrize(
    ("inside", "real"),
    [
        ("/workspace", "/w"),
        ("/workspace/a/b.xml", "/w/a/b.xml"),
        ("/env/bin/python", "/e/bin/python"),
        ("/workspaces/a", "/workspaces/a"),
        ("/tmp/x", "/tmp/x"),
    ],
)
def test_paths_are_real(inside: str, real: str) -> None:
    """Paths below /workspace and /env become those of this machine."""
    assert Unconfined().path(Place(workspace=Path("/w"), environment=Path("/e")), inside) == real


def test_environment_that_is_not_there() -> None:
    """Without an environment its paths stay as they are."""
    assert Unconfined().path(Place(workspace=Path("/w")), "/env/bin") == "/env/bin"


async def test_programs_of_the_environment_come_first(place: Place, tmp_path: Path) -> None:
    """The environment's programs are found before the system's."""
    program = tmp_path / "env" / "bin" / "ls"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho mine\n")
    program.chmod(0o755)
    shown = Place(workspace=place.workspace, environment=tmp_path / "env")
    assert (await Unconfined().run(shown, "ls", 20, {})).output == "mine\n"
