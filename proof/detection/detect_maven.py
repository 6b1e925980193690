"""Finds the tests of Maven projects."""

import re

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.found import FoundTests
from proof.detection.project_tree import ProjectTree

_TEST_FILE = re.compile(r"(?:^|/)src/test/(?:java|kotlin|groovy|scala)/[^\0]*\.(?:java|kt|groovy|scala)$")


def maven_tests(tree: ProjectTree, rules: TestRules) -> FoundTests | None:
    """`mvn test` if there is a pom.xml in the root and a test at Maven's place for it; all modules run."""
    count = sum(bool(_TEST_FILE.search(path)) for path in tree.files)
    if not count or "pom.xml" not in tree.files:
        return None
    return FoundTests(plan=plan_of("mvn test", rules), has_manifest=True, test_files=count)
