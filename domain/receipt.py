"""The red-to-green receipt: base against head, test by test."""

from domain.frozen import Frozen


class Tally(Frozen):
    """How many tests passed, failed (errors included) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


class Receipt(Frozen):
    """Made by the orchestrator, never by the agent; the tuples hold test ids, `tampered` holds findings.

    `fixed`: failed on base, pass on head. `broken`: passed on base, fail or vanish on head.
    `already_failing`: fail on both. `new`: only on head. `proven`: the change is shown to work by a
    test that was red on the base. `notes` says in words what the receipt can't show. `asked` holds findings
    like `tampered` that the issue itself asks for. `untested`: code changes, and no test does.
    """

    command: str
    base: Tally
    head: Tally
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    already_failing: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    tampered: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    untested: bool = False
    green: bool = False
    proven: bool = False
    notes: tuple[str, ...] = ()
