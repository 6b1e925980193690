"""The samples: the bundle comes out the same, the bugs are real, and the scripts do what they say."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.model import load_script
from demo.model.script import Script, script_from
from demo.samples import build, sample_issues, sample_scripts, shop_bundle

Git = Callable[..., subprocess.CompletedProcess[str]]
SCRIPTS = {path.stem: path for path in sample_scripts()}


@pytest.fixture
def shop(git: Git, tmp_path: Path) -> Path:
    """A checkout of the sample repository."""
    git("clone", "-q", "-b", "main", str(shop_bundle()), "shop")
    return tmp_path / "shop"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as the agent's shell runs it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False)


def follow(script: Script, folder: Path, *, running: bool = True) -> tuple[list[str], list[dict[str, Any]]]:
    """Carry the author's turns out; the outputs of its commands (if they are run), and what it handed in."""
    outputs, submitted = [], []
    for block in (block for turn in script.author for block in turn if block["type"] == "tool_use"):
        given = block["input"]
        if block["name"] == "bash":
            outputs += [run(given["command"], folder).stdout] if running else []
        elif block["name"] == "submit":
            submitted.append(given)
        else:
            file = folder / given["path"].removeprefix("/workspace/")
            text = file.read_text("utf-8")
            assert text.count(given["old_str"]) == 1, given
            file.write_text(text.replace(given["old_str"], given["new_str"]), "utf-8")
    return outputs, submitted


def test_the_bundle_is_what_its_patches_make(git: Git, tmp_path: Path) -> None:
    """The same commit on every machine: authors and dates stand in the patches."""
    tip = build.build(Path(build.__file__).parent / "shop", tmp_path / "again.bundle")
    listed = git("bundle", "list-heads", str(shop_bundle())).stdout.split()
    assert [tip, "refs/heads/main"] == listed
    assert git("bundle", "list-heads", str(tmp_path / "again.bundle")).stdout.split() == listed


def test_the_sample_is_a_code_base_whose_tests_show_nothing(shop: Path, git: Git) -> None:
    """Eight commits by two people, 32 tests that pass, and both bugs are there."""
    assert git("shortlog", "-sn", "HEAD", folder=shop).stdout.split() == ["4", "Aki", "Tanabe", "4", "Leo", "Marchetti"]
    assert "32 passed" in run("python3 -m pytest", shop).stdout
    assert run("python3 -c 'from shop.tax import *; print(with_tax(15))'", shop).stdout == "16\n"
    counted = run("python3 -c 'from shop.pagination import *; print(paginate(range(25), 1, 10).total_pages)'", shop)
    assert counted.stdout == "2\n"


def test_the_issues() -> None:
    """Two bugs, one of them in Japanese, and one that can't be worked on."""
    assert [(one.number, one.language, one.outcome) for one in sample_issues()] == [
        (1, "en", "opened"),
        (2, "ja", "opened"),
        (3, "en", "needs_information"),
    ]


def test_every_issue_has_one_script() -> None:
    """Found by its title; nothing else matches."""
    scripts = [load_script(path) for path in SCRIPTS.values()]
    for issue in sample_issues():
        assert [script.fits(f"# {issue.title}\n\n{issue.body}") for script in scripts].count(True) == 1


@pytest.mark.parametrize(
    ("name", "reproduced", "failing", "passed"),
    [
        ("last-page", "3 (404, {'error': 'there are only 2 pages'})", "4 failed, 35 passed", "39 passed"),
        (
            "zeikomi",
            "[(15, 16, 16.5), (25, 28, 27.500000000000004), (35, 38, 38.5)]",
            "2 failed, 10 passed",
            "40 passed",
        ),
    ],
)
def test_a_script_reproduces_fails_and_fixes(shop: Path, name: str, reproduced: str, failing: str, passed: str) -> None:
    """Its commands print what it says: the bug, then failing tests, then everything green."""
    outputs, submitted = follow(load_script(SCRIPTS[name]), shop)
    said = "\n".join(outputs)
    assert said.index(reproduced) < said.index(failing) < said.rindex(passed)
    assert passed in run("python3 -m pytest", shop).stdout
    assert {one["kind"] for one in submitted} == {"change"}
    assert all(len(one["title"]) < 70 for one in submitted)


def test_the_vague_issue_ends_in_questions(shop: Path, git: Git) -> None:
    """It tries, changes nothing, and asks what is missing."""
    outputs, submitted = follow(load_script(SCRIPTS["total-looks-wrong"]), shop)
    assert outputs[-1] == "1422 carts checked, 0 wrong\n"
    assert git("status", "--porcelain", folder=shop).stdout == ""
    assert [(one["kind"], len(one["questions"])) for one in submitted] == [("needs_information", 3)] * 2


def test_the_remarks_stand_on_lines_that_were_changed(shop: Path, git: Git) -> None:
    """A review comment on them is taken by the forge."""
    script = load_script(SCRIPTS["last-page"])
    follow(script, shop, running=False)
    (finding,) = script.reviewer[0].content["findings"]
    assert "-(-self.total" in (shop / finding["file"]).read_text().splitlines()[finding["line"] - 1]


def test_everything_a_person_could_take_for_real_is_labelled() -> None:
    """The first words, each handed-in summary and each review say that they were rehearsed."""
    for path in SCRIPTS.values():
        script = load_script(path)
        inputs = [block["input"] for turn in script.author for block in turn if block.get("name") == "submit"]
        texts = [script.author[0][1]["text"], *(one["summary"] for one in inputs)]
        texts += [verdict.content["summary"] for verdict in script.reviewer]
        assert all("ehears" in text or "リハーサル" in text for text in texts), path


def test_a_script_may_be_json_with_plain_blocks(tmp_path: Path) -> None:
    """For replies that the short form can't say."""
    blocks = [{"type": "text", "text": "hi"}]
    (tmp_path / "s.json").write_text(json.dumps({"match": ["x"], "author": [{"blocks": blocks}]}))
    assert load_script(tmp_path / "s.json").author == (tuple(blocks),)


@pytest.mark.parametrize("raw", [{}, {"match": ["x"]}, {"author": [{"say": "hi"}]}])
def test_a_script_that_says_or_matches_nothing_is_refused(raw: dict[str, Any]) -> None:
    """It could never be followed, or would always be."""
    with pytest.raises(ValueError, match="needs `match` and at least one"):
        script_from("bad", raw)


def test_the_scripts_are_toml() -> None:
    """Each file can be read on its own."""
    assert all(tomllib.loads(path.read_text("utf-8"))["match"] for path in SCRIPTS.values())
