"""Tests of the base that run no more, though no line that a change takes away says so.

A runner that was steered elsewhere, a file that was moved out of its sight, a table that lost rows.
"""

import re
from collections import Counter
from collections.abc import Collection

from proof.compare import Findings, last_name

_PARAMETERS = re.compile(r"\[.*\]$|_\d+(?:_\w*)?$", re.DOTALL)


def vanished(found: Findings, retold: Collection[str]) -> tuple[str, ...]:
    """Those of `found.gone` that are neither `retold` nor replaced.

    `retold` are names (a function's, a title) that the change's text removes or renames: it is judged there. Rows of
    a table are replaced by as many new ones, and so is what stands below one title with others.
    """
    known = {last_name(name) for name in retold}
    come = Counter(map(_table, found.new))
    gone = [test for test in found.gone if known.isdisjoint({last_name(test), last_name(_PARAMETERS.sub("", test))})]
    lost = Counter(map(_table, gone))
    return tuple(test for test in gone if not (table := _table(test)) or lost[table] > come[table])


def _table(test: str) -> str:
    """What the rows of one table have in common; nothing for a test that is known to stand alone."""
    whole = _PARAMETERS.sub("", test)
    return whole if whole != test else test.rpartition(" > ")[0]
