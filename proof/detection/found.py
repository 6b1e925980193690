"""The tests of one language in a repository."""

from domain.frozen import Frozen
from proof.plan import TestPlan


class FoundTests(Frozen):
    """The plan for one language in one folder, and what speaks for it: a manifest, the number of test files."""

    plan: TestPlan
    has_manifest: bool
    test_files: int
