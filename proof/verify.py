"""Verify a change: its tests on its code, the base's tests on its code, its new tests on the base."""

from domain.change import Change
from domain.frozen import Frozen
from domain.receipt import Receipt
from domain.report import TestReport
from domain.workspace import Overlay
from proof.bench import Bench, Prepared
from proof.plan import TestPlan, is_test_side
from proof.receipt import Runs, compare, make_receipt
from proof.tamper import text_findings


class Verification(Frozen):
    """The receipt (None without any test), the head's own run, and the seconds that all runs took."""

    receipt: Receipt | None
    head: TestReport | None = None
    tests_s: float = 0.0


async def verify(bench: Bench, prepared: Prepared, change: Change, base: TestReport | None) -> Verification:
    """Run what the receipt needs, each in a clean checkout; what looks broken runs once more."""
    plan = await bench.head_plan(prepared, change)
    if plan is None:
        return Verification(receipt=None)
    head = await bench.run(prepared, plan, change.tree, "head")
    runs = Runs(base=base, head=head)
    touched = _test_side(change, plan)
    if touched and base is not None:
        runs = await _crossed(bench, prepared, change, runs, touched)
    if broken := compare(runs).broken:
        again = await bench.run(prepared, plan, change.tree, "again", only=broken)
        runs = runs.model_copy(update={"reruns": again})
    receipt = make_receipt(plan.command, runs, text_findings(change.diff, plan.test_globs))
    taken = (runs.head, runs.base_tests_on_head, runs.new_tests_on_base, runs.reruns)
    seconds = sum(report.duration_s for report in taken if report)
    return Verification(receipt=receipt, head=head, tests_s=seconds)


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


def _test_side(change: Change, plan: TestPlan) -> tuple[str, ...]:
    paths = {path for file in change.files for path in (file.path, file.old_path) if path}
    return tuple(sorted(path for path in paths if is_test_side(path, plan.test_globs)))
