"""Tests whose names change from run to run: parameters that are times, addresses, random values."""

import re
from collections import defaultdict
from collections.abc import Iterator

from domain.frozen import Frozen
from domain.report import TestReport
from proof.parsers.worst import worst_of
from proof.runs import Runs

_VOLATILE = re.compile(
    r"0x[0-9a-fA-F]{4,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:[T _]\d\d[:.\-]?\d\d(?:[:.\-]?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
    r"|(?=[a-f]*\d)[0-9a-f]{12,}|\d+\.\d{3,}(?:e-?\d+)?|\d{5,}|/(?:tmp|var)/[^\s\]]+"
)


class Settled(Frozen):
    """The runs with the same names for the same tests; `renamed` are the names that stand for changing ones.

    `doubtful` are those of them that runs have in different numbers, so that which is which is not known.
    """

    runs: Runs
    renamed: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()

    def to_run_again(self, tests: tuple[str, ...]) -> tuple[str, ...]:
        """What a runner is asked for to run these tests; of a changing name only what stands before its parameters."""
        return tuple(dict.fromkeys(test.split("[")[0] if test in self.renamed else test for test in tests))


def settled(runs: Runs) -> Settled:
    """Give changing names one name, where runs of the same tests differ in nothing but what a machine made up.

    Tests of one such name are told apart by their order; where a run has more of them than another, the worst counts.
    """
    shapes = {shape for first, second in _same_tests(runs) for shape in _changing(first, second)}
    if not shapes:
        return Settled(runs=runs)
    counts = {shape: {_count(report, shape) for report in runs.every} - {0} for shape in shapes}
    even = {shape for shape in shapes if len(counts[shape]) == 1}

    def named(report: TestReport) -> TestReport:
        return _named(report, shapes, even)

    told = runs.map(named)
    names = {test.id for report in told.every for test in report.tests}
    renamed = sorted(name for name in names if name.split(" #")[0] in shapes)
    return Settled(runs=told, renamed=tuple(renamed), doubtful=frozenset(shapes - even))


def _same_tests(runs: Runs) -> Iterator[tuple[TestReport, TestReport]]:
    if runs.base:
        yield runs.base, runs.base_tests_on_head or runs.head
        yield runs.head, runs.new_tests_on_base or runs.base
    for rerun in runs.reruns:
        yield runs.head, rerun
    for rerun in runs.base_reruns:
        yield runs.new_tests_on_base or runs.base or runs.head, rerun


def _shape(name: str) -> str:
    return _VOLATILE.sub("…", name)


def _changing(first: TestReport, second: TestReport) -> Iterator[str]:
    """Shapes of which each run has names that the other lacks."""
    names: list[defaultdict[str, set[str]]] = [defaultdict(set), defaultdict(set)]
    for side, report in zip(names, (first, second), strict=True):
        for test in report.tests:
            if (shape := _shape(test.id)) != test.id:
                side[shape].add(test.id)
    for shape, ours in names[0].items():
        others = names[1].get(shape, set())
        if ours - others and others - ours:
            yield shape


def _count(report: TestReport, shape: str) -> int:
    return sum(_shape(test.id) == shape for test in report.tests)


def _named(report: TestReport, shapes: set[str], even: set[str]) -> TestReport:
    seen: defaultdict[str, int] = defaultdict(int)
    tests = []
    for test in report.tests:
        shape = _shape(test.id)
        if shape not in shapes:
            tests.append(test)
            continue
        seen[shape] += 1
        name = f"{shape} #{seen[shape]}" if shape in even and seen[shape] > 1 else shape
        tests.append(test.model_copy(update={"id": name}))
    return report.model_copy(update={"tests": worst_of(tests)})
