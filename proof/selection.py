"""How a runner is told to run only some tests."""

import re
import shlex
from collections.abc import Sequence

from proof.plan import TestPlan

# One argument of a process may hold 128 KiB on Linux (MAX_ARG_STRLEN); beyond, everything runs.
_LONGEST = 60_000


def takes_names(plan: TestPlan) -> bool:
    """Whether single tests can be run, so that running them again costs little."""
    return all(part.runner in {"pytest", "unittest"} for part in plan.parts or (plan,))


def arguments_for(plan: TestPlan, only: Sequence[str]) -> str:
    """What goes behind the machine command to run these tests (ids of an earlier report); empty runs all.

    Only pytest takes ids on the command line; one that is no node id (it begins with a module) makes all run.
    """
    if plan.runner != "pytest" or not all(re.match(r"[^:]+\.py(::|$)", test) for test in only):
        return ""
    arguments = "".join(f" {shlex.quote(test)}" for test in only)
    return arguments if len(arguments) <= _LONGEST else ""


def variables_for(plan: TestPlan, only: Sequence[str]) -> dict[str, str]:
    """What our unittest runner reads; empty runs all."""
    names = "\n".join(only)
    return {"CLAUDE_CLUSTER_ONLY": names} if plan.runner == "unittest" and 0 < len(names) <= _LONGEST else {}
