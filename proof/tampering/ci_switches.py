"""Continuous integration that was switched off, or whose failures no longer count."""

import re
from collections import Counter
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.command_change import runs_tests, swallows
from proof.tampering.tamper_finding import TamperFinding, quoted

CI = re.compile(
    r"^\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$|^\.gitlab-ci\.yml$|^\.circleci/.+\.ya?ml$|^\.travis\.yml$|^\.drone\.yml$"
    r"|^azure-pipelines[^/]*\.yml$|^bitbucket-pipelines\.yml$|^Jenkinsfile|^\.cirrus\.yml$|^appveyor\.yml$|^\.woodpecker"
)
_OFF = re.compile(
    r"^\s*-?\s*(?:if:\s*[\"']?(?:false|\$\{\{\s*false\s*\}\})[\"']?\s*(?:#.*)?$|when:\s*(?:never|manual)\b)"
)
_HARMLESS = re.compile(r"^\s*-?\s*(?:continue-on-error:\s*[\"']?(?:true|\$\{\{\s*true)|allow_failure:\s*true\b)")
_FEWER = re.compile(r"^\s*(?:branches-ignore|paths-ignore|tags-ignore):")
_TRIGGER = re.compile(r"^\s*(?:-\s*)?(?:on:.*)?\b(?:pull_request|push|merge_request_event)\b(?:\s*:|\s*$|.*\])")
_JOB = re.compile(r"^ {2}(?P<name>[\w-]+):\s*(?:#.*)?$")


def switched_off(file: ChangedFile) -> Iterator[TamperFinding]:
    """The findings in one file of a CI service; a new file has none."""
    if not CI.match(file.old_path):
        return
    if not CI.match(file.new_path):
        text = (
            "a CI workflow was removed"
            if not file.new_path
            else f"a CI workflow was moved away (it was {file.old_path})"
        )
        yield TamperFinding(kind="ci", path=file.path, line=1, text=text)
        return
    moved = Counter(file.old.lines[number].strip() for number in file.old.changed)
    for number in file.new.changed:
        text = file.new.lines[number]
        if moved[text.strip()]:
            moved[text.strip()] -= 1
        elif what := _switch(text, _before(file, number)):
            yield _finding(file, number, f"{what} ({quoted(text)})")
    yield from _lost(file)


def _switch(text: str, before: str) -> str:
    if text.strip().startswith("#"):
        return ""
    if _OFF.match(text):
        return "a part of the CI is switched off"
    if _HARMLESS.match(text) or swallows(text, before):
        return "a failure of the CI no longer counts"
    return "the CI runs on fewer changes than before" if _FEWER.match(text) else ""


def _before(file: ChangedFile, number: int) -> str:
    return "\n".join(file.old.lines[line] for line in file.old.of_block(file.new.changed[number]))


def _lost(file: ChangedFile) -> Iterator[TamperFinding]:
    """Jobs, steps and triggers that are gone and have no counterpart."""
    jobs = _jobs(file.new)
    renamed = Counter(file.new.changed.get(number) for name, number in jobs.items() if name not in _jobs(file.old))
    for name, number in _jobs(file.old).items():
        block = file.old.changed.get(number)
        if name not in jobs and block is not None:
            if renamed[block]:
                renamed[block] -= 1
            else:
                yield _finding(file, number, f"a job of the CI was removed ({name})")
    for what, is_so in (
        ("a step that runs tests was removed", runs_tests),
        ("a trigger of the CI was removed", _triggers),
    ):
        gone = [number for number in file.old.changed if is_so(file.old.lines[number])]
        come = [number for number in file.new.changed if is_so(file.new.lines[number])]
        if len(gone) > len(come):
            yield _finding(file, gone[0], f"{what} ({quoted(file.old.lines[gone[0]])})")


def _triggers(text: str) -> bool:
    return bool(_TRIGGER.match(text))


def _jobs(side: Side) -> dict[str, int]:
    """The jobs of a workflow and their lines; none where `jobs:` is out of sight."""
    found: dict[str, int] = {}
    inside = False
    for number, text in side.lines.items():
        if text and not text[0].isspace() and not text.startswith("#"):
            inside = text.startswith("jobs:")
        elif inside and (job := _JOB.match(text)):
            found[job["name"]] = number
    return found


def _finding(file: ChangedFile, number: int, text: str) -> TamperFinding:
    return TamperFinding(kind="ci", path=file.path, line=number, text=text)
