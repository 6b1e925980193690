"""Verify a change: its tests on its code, the base's tests on its code, its new tests on the base."""

from domain.change import Change
from domain.frozen import Frozen
from domain.receipt import Receipt
from domain.report import TestReport
from domain.workspace import Overlay
from proof.bench import Bench, Prepared
from proof.compare import RED, compare
from proof.plan import TestPlan, is_test_side
from proof.receipt import make_receipt
from proof.receipt_notes import left_out_note
from proof.runs import Runs
from proof.selection import takes_names
from proof.stable_names import settled
from proof.tamper import is_untested, paths_to_read, removed_tests, steering_paths, text_findings

_MOST_TEXTS = 300
_LARGEST_TEXT = 1_000_000


class Verification(Frozen):
    """The receipt (None without any test), the head's own run, and the seconds that all runs took."""

    receipt: Receipt | None
    head: TestReport | None = None
    tests_s: float = 0.0


async def verify(bench: Bench, prepared: Prepared, change: Change, base: TestReport | None) -> Verification:
    """Run what the receipt needs, each in a clean checkout; what looks broken or fixed runs again."""
    plan = await bench.head_plan(prepared, change)
    if plan is None:
        return Verification(receipt=None)
    head = await bench.run(prepared, plan, change.tree, "head")
    runs = Runs(base=base, head=head)
    texts = await _base_texts(bench, prepared, change, plan)
    touched = _test_side(change, plan, texts)
    if touched and base is not None:
        runs = await _crossed(bench, prepared, change, runs, touched)
    runs = await _run_again(bench, prepared, plan, change, runs)
    runs = await _base_again(bench, prepared, change, runs, touched)
    findings = text_findings(change.diff, plan.test_globs, texts, prepared.rules.tests.snapshot_share)
    retold = removed_tests(change.diff, plan.test_globs)
    receipt = make_receipt(plan.command, runs, findings, prepared.workspace.case.issue, retold)
    untested = is_untested(change.diff, plan.test_globs)
    receipt = receipt.model_copy(
        update={"untested": untested, "notes": (*receipt.notes, *left_out_note(plan.left_out))}
    )
    seconds = sum(report.duration_s for report in runs.every if report is not base)
    return Verification(receipt=receipt, head=head, tests_s=seconds)


async def _run_again(bench: Bench, prepared: Prepared, plan: TestPlan, change: Change, runs: Runs) -> Runs:
    """What looks broken runs again, until nothing of it is left to doubt or as often as the rules say.

    A test that passes once is flaky. A run that took all its time is not taken more than once again.
    """
    for _ in range(1 if runs.head.timed_out else prepared.rules.tests.reruns):
        steady = settled(runs)
        # Runners refuse to run anything when asked for a test that is gone.
        there = {test.id for test in steady.runs.head.tests}
        broken = tuple(test for test in compare(steady.runs).broken if test in there)
        if not broken:
            break
        only = steady.to_run_again(broken)
        again = await bench.run(prepared, plan, change.tree, "again", only=only)
        runs = runs.model_copy(update={"reruns": (*runs.reruns, again)})
    return runs


async def _base_again(bench: Bench, prepared: Prepared, change: Change, runs: Runs, touched: tuple[str, ...]) -> Runs:
    """What looks fixed runs on the base again: a test that passes there by chance was not fixed.

    It must be red there as often as the rules say and once more, or twice where the runner takes no single tests.
    What passes alone runs with all others again: it may be these that it fails after.
    """
    plan = prepared.plan
    if plan is None or runs.base is None or runs.base.timed_out:
        return runs
    overlay = Overlay(tree=change.tree, paths=touched) if touched else None
    alone = takes_names(plan)
    reruns = prepared.rules.tests.reruns if alone else min(prepared.rules.tests.reruns, 1)
    for _ in range(reruns):
        steady = settled(runs)
        told = steady.runs.as_one_test
        doubted = tuple(test for test in compare(told).fixed if _times_red(told, test) <= reruns)
        if not doubted:
            break
        names = steady.to_run_again(doubted) if alone else ()
        again = await bench.run(prepared, plan, change.base_sha, "base-again", overlay, only=names)
        if names and any(test.status == "passed" and test.id in doubted for test in again.tests):
            again = await bench.run(prepared, plan, change.base_sha, "base-again", overlay)
        runs = runs.model_copy(update={"base_reruns": (*runs.base_reruns, again)})
    return runs


def _times_red(runs: Runs, test: str) -> int:
    sides = (runs.base, runs.new_tests_on_base, *runs.base_reruns)
    return sum(any(one.id == test and one.status in RED for one in side.tests) for side in sides if side)


async def _crossed(bench: Bench, prepared: Prepared, change: Change, runs: Runs, touched: tuple[str, ...]) -> Runs:
    """The base's test-side files on the new code, and the new ones on the base's code."""
    plan = prepared.plan
    if plan is None:
        return runs
    old_tests = Overlay(tree=change.base_sha, paths=touched)
    new_tests = Overlay(tree=change.tree, paths=touched)
    return runs.model_copy(
        update={
            "base_tests_on_head": await bench.run(prepared, plan, change.tree, "old-tests", old_tests),
            "new_tests_on_base": await bench.run(prepared, plan, change.base_sha, "new-tests", new_tests),
        }
    )


async def _base_texts(bench: Bench, prepared: Prepared, change: Change, plan: TestPlan) -> dict[str, str]:
    """Whole files of the base that the change touches and that tell of tests, by path."""
    texts: dict[str, str] = {}
    for path in paths_to_read(change.diff, plan.test_globs)[:_MOST_TEXTS]:
        data = await bench.history.read(prepared.workspace, path)
        if data is not None and len(data) <= _LARGEST_TEXT:
            texts[path] = data.decode("utf-8", "replace")
    return texts


def _test_side(change: Change, plan: TestPlan, texts: dict[str, str]) -> tuple[str, ...]:
    """Also what the difference's text leaves out: binary files and pure moves."""
    paths = {path for file in change.files for path in (file.path, file.old_path) if path}
    own = {path for path in paths if is_test_side(path, plan.test_globs)}
    return tuple(sorted(own | set(steering_paths(change.diff, plan.test_globs, texts))))
