"""Finds out how a repository's tests are run: from its settings, else from its files."""

import shlex
from collections.abc import Iterator, Sequence

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.detect_go import go_tests
from proof.detection.detect_maven import maven_tests
from proof.detection.detect_node import node_tests, packages_instead
from proof.detection.detect_python import PYTHON_MANIFESTS, python_tests
from proof.detection.detect_rust import rust_tests
from proof.detection.detect_script import script_tests
from proof.detection.found import FoundTests
from proof.detection.project_tree import ProjectTree, Read, topmost
from proof.detection.test_folders import test_folders
from proof.plan import TestPlan


def detect(files: Sequence[str], read: Read, rules: TestRules) -> TestPlan | None:
    """The plan for a tree of `files` (relative, POSIX), or None if it has no tests that we can run.

    A configured command wins. Else every project with a manifest is tested: those in the root, and in a
    monorepo those in folders that no project of the same language covers; so whatever a change touches and
    whatever depends on it runs. Without any manifest the language with the most test files counts, and
    without tests of a known language the repository's own script. `read` gives a file's bytes, or None; it
    is asked for few files.
    """
    plan = _plan(files, read, rules)
    if plan is None or not (folders := test_folders(files)):
        return plan
    return plan.model_copy(update={"test_globs": (*plan.test_globs, *folders)})


def _plan(files: Sequence[str], read: Read, rules: TestRules) -> TestPlan | None:
    if rules.command and rules.command.strip():
        return plan_of(rules.command, rules)
    tree = ProjectTree(files, read)
    found = tuple(_found(tree, rules))
    parts = [tests.plan for tests in found if tests.has_manifest]
    if not parts and found:
        return max(found, key=lambda tests: tests.test_files).plan
    if not parts:
        return script_tests(files, read, rules)
    return parts[0] if len(parts) == 1 else _all_of(parts, rules)


def _found(tree: ProjectTree, rules: TestRules) -> Iterator[FoundTests]:
    yield from _python(tree, rules)
    yield from _node(tree, rules)
    yield from _go(tree, rules)
    for look, manifest in ((rust_tests, "Cargo.toml"), (maven_tests, "pom.xml")):
        folders = ("",) if manifest in tree.files else topmost(tree.holding(manifest))
        yield from (tests for folder in folders if (tests := _at(folder, look(_below(tree, folder), rules))))


def _python(tree: ProjectTree, rules: TestRules) -> Iterator[FoundTests]:
    """Without a manifest in the root, tests outside the folders that have one are nobody's: the root runs all."""
    folders = () if PYTHON_MANIFESTS.intersection(tree.files) else topmost(tree.holding(*PYTHON_MANIFESTS))
    inner = [tests for folder in folders if (tests := _at(folder, python_tests(tree.below(folder), rules)))]
    whole = python_tests(tree, rules)
    covered = sum(tests.test_files for tests in inner)
    if inner and (whole is None or covered >= whole.test_files):
        yield from inner
    elif whole:
        yield whole.model_copy(update={"has_manifest": True}) if inner else whole


def _node(tree: ProjectTree, rules: TestRules) -> Iterator[FoundTests]:
    root = node_tests(tree, rules)
    if root and root.has_manifest and not packages_instead(tree, root):
        yield root
        return
    folders = tree.holding("package.json")
    inner = [tests for folder in folders if (tests := _at(folder, node_tests(tree.below(folder), rules)))]
    # A script of the root that starts the packages' own knows more than packages whose runner nobody knows.
    if root and not any(tests.plan.runner != "command" for tests in inner):
        yield root
    else:
        yield from inner


def _go(tree: ProjectTree, rules: TestRules) -> Iterator[FoundTests]:
    """`go test ./...` leaves out the modules below: each is run by itself."""
    inner = tree.holding("go.mod")
    outer = ("",) if "go.mod" in tree.files else ()
    for folder in (*outer, *inner):
        module = _below(tree, folder, inner) if folder else ProjectTree(_outside(tree.files, inner), tree.read)
        if tests := _at(folder, go_tests(module, rules)):
            yield tests


def _outside(files: Sequence[str], folders: Sequence[str]) -> list[str]:
    others = tuple(f"{folder}/" for folder in folders)
    return [path for path in files if not path.startswith(others)]


def _below(tree: ProjectTree, folder: str, without: Sequence[str] = ()) -> ProjectTree:
    return tree.below(folder, without) if folder else tree


def _at(folder: str, tests: FoundTests | None) -> FoundTests | None:
    """The tests with the folder where their command starts."""
    if tests is None or not folder:
        return tests
    return tests.model_copy(update={"plan": _placed(tests.plan, folder)})


def _placed(plan: TestPlan, folder: str) -> TestPlan:
    typed = f"(cd {shlex.quote(folder)} && {plan.command})"
    parts = tuple(_placed(part, folder) for part in plan.parts)
    return plan.model_copy(update={"folder": folder, "command": typed, "parts": parts})


def _all_of(plans: Sequence[TestPlan], rules: TestRules) -> TestPlan:
    return TestPlan(
        runner="several",
        command=" && ".join(plan.command for plan in plans),
        machine_command="",
        report="none",
        setup=rules.setup,
        timeout_s=rules.timeout_s,
        parts=tuple(part for plan in plans for part in plan.parts or (plan,)),
        left_out=tuple(dict.fromkeys(line for plan in plans for line in plan.left_out)),
    )
