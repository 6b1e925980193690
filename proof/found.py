"""The tests of one language in a repository."""

from domain.frozen import Frozen
from proof.plan import TestPlan


class FoundTests(Frozen):
    """The plan for one language, and what speaks for it: a manifest in the root, the number of test files."""

    plan: TestPlan
    has_manifest: bool
    test_files: int
