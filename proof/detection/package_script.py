"""Finds the test runners in a script of package.json, and what it does besides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import islice

from domain.repository import TestRules
from proof.detection.command_line import Call, as_plan, call_of, is_plain
from proof.plan import Runner, TestPlan

_RUN = re.compile(
    r"(?:npm run(?:-script)?|npm(?= t(?:est)?\b)|pnpm(?: run)?|yarn(?: run)?|bun run)(?: -s| --silent)*"
    r" (?P<script>\w[\w:.-]*)(?: --)?(?P<rest>(?: .+)?)"
)
_RUN_ALL = re.compile(r"(?:npm-run-all|run-[sp])(?: -\w+| --[\w-]+)*(?P<scripts>(?: [\w*][\w:.*-]*)+)")
_LINTER = re.compile(
    r"(?:[A-Z_]+=\S* )*(?:(?:npx|npm(?: run)?|pnpm(?: run| exec)?|yarn(?: run)?) )?(?:[\w-]*[lh]int[\w:-]*|standard"
    r"|prettier|format|biome|tsd|xo|jscs|audit|aud|type-?check|check-types|types?|evalmd|depcheck|depcruise|knip|attw"
    r"|publint|size-limit|npmignore|ls-engines|flow check|tsc .*--noEmit)(?![\w-])"
)
# What has no runner, and is a test by its name: `node test/all.js`.
_OWN_TEST = re.compile(r"(?:node|tsx|ts-node)(?: --?[\w-]+(?:[= ](?!-)\S+)?)*? \S*(?:test|spec)\S*\.[cm]?[jt]s(?: .*)?")
# What only makes the Test Anything Protocol nicer to look at.
_PRETTY = re.compile(r"\s*\|\s*(?:npx )?(?:tap-[\w-]+|faucet|colortape)(?: [\w-]+)*\s*$")
_KEEPS = re.compile(r"(?:cd|export|source|set)\b|\. ")
_TOOLS = 'export PATH="$PWD/node_modules/.bin:$PATH"; '
_DEEPEST = 4
_MOST_STEPS = 200


@dataclass(frozen=True)
class _Step:
    """A part of a script; `script` is the one that consists of it alone, by its name.

    `own` is the runner of a program that is a test by its name.
    """

    line: str
    script: str = ""
    own: Runner | None = None

    @property
    def call(self) -> Call | None:
        if self.own and is_plain(self.line) and _OWN_TEST.fullmatch(self.line):
            return Call(self.own, "", self.line, "")
        return call_of(self.line)

    @property
    def tests(self) -> bool:
        return bool(self.call or _OWN_TEST.fullmatch(self.line))


def script_plan(name: str, scripts: Mapping[str, str], rules: TestRules, *, own: Runner | None = None) -> TestPlan:
    """A plan for `npm test` or another of `scripts`, with those that it calls, as npm runs them.

    Every test runner in it runs, each with what precedes it but linters; these and what follows the last one are
    `left_out`. Without a runner that is known, the whole script runs. `own` is the library that makes
    the package's tests programs of their own: node's, or tape and its like.
    """
    shown = _started(name)
    found = islice(_steps(name, scripts, _DEEPEST), _MOST_STEPS + 1)
    steps = tuple(replace(step, own=own) for step in found)
    if rules.report or len(steps) > _MOST_STEPS or not any(step.call for step in steps):
        return as_plan(rules, shown, shown)
    if len(steps) == 1 and (call := steps[0].call):
        if steps[0].script and call.found == call:
            return as_plan(rules, shown, call.machine(_started(steps[0].script), " -- "), call)
        return as_plan(rules, shown, f"{_TOOLS}{call.found.machine()}", call)
    return _chained(steps, shown, rules)


def _started(name: str) -> str:
    return "npm test" if name == "test" else f"npm run {name}"


def _chained(steps: Sequence[_Step], shown: str, rules: TestRules) -> TestPlan:
    parts: list[TestPlan] = []
    before: list[str] = []
    left_out: list[str] = []
    last = max(index for index, step in enumerate(steps) if step.tests)
    for index, step in enumerate(steps):
        if step.tests:
            parts.append(_part(step, before, rules))
            before = [line for line in before if _KEEPS.match(line)]
        elif index > last or _LINTER.match(step.line):
            left_out.append(step.line)
        else:
            before.append(step.line)
    if len(parts) == 1:
        return parts[0].model_copy(update={"command": shown, "left_out": tuple(left_out)})
    return as_plan(rules, shown, "").model_copy(
        update={"runner": "several", "parts": tuple(parts), "left_out": tuple(left_out)}
    )


def _part(step: _Step, before: Sequence[str], rules: TestRules) -> TestPlan:
    call = step.call
    line = call.found.machine() if call else step.line
    return as_plan(rules, step.line, f"{_TOOLS}{' && '.join([*before, line])}", call)


def _steps(name: str, scripts: Mapping[str, str], deepest: int, rest: str = "") -> Iterator[_Step]:
    """The parts that npm would run, one after another."""
    for each in (f"pre{name}", name, f"post{name}"):
        if each in scripts:
            lines = _parts(scripts[each])
            for index, typed in enumerate(lines):
                line = _PRETTY.sub("", typed)
                is_last = each == name and index == len(lines) - 1
                whole = name if lines == [line] and not rest and _is_alone(name, scripts) else ""
                yield from _of_line(_Step(f"{line}{rest if is_last else ''}", whole), scripts, deepest)


def _of_line(step: _Step, scripts: Mapping[str, str], deepest: int) -> Iterator[_Step]:
    called = _RUN.fullmatch(step.line)
    name = {"t": "test"}.get(called["script"], called["script"]) if called else ""
    if called and name in scripts and deepest:
        yield from _steps(name, scripts, deepest - 1, called["rest"])
    elif (several := _RUN_ALL.fullmatch(step.line)) and deepest:
        for pattern in several["scripts"].split():
            for each in scripts:
                if fnmatchcase(each, pattern):
                    yield from _steps(each, scripts, deepest - 1)
    else:
        yield step


def _parts(script: str) -> list[str]:
    # One that is empty stands for itself, so that whatever calls it often is seen to be long.
    return [part.strip() for part in re.split(r"&&|;", script) if part.strip()] or [":"]


def _is_alone(name: str, scripts: Mapping[str, str]) -> bool:
    return f"pre{name}" not in scripts and f"post{name}" not in scripts
