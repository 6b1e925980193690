"""Tests whose code is still there, and that no runner takes for a test any more, in Python."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from proof.tampering.changed_file import ChangedFile
from proof.tampering.source import Function, is_test, parsed
from proof.tampering.tamper_finding import TamperFinding, quoted

_SWITCHES = frozenset({"__test__", "__unittest_skip__", "__unittest_expecting_failure__", "pytestmark", "skip"})


def uncollected(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each test that was collected before and only stands there now."""
    if not (file.old_path and file.new_path.endswith(".py")):
        return
    old, new = parsed(file.old), parsed(file.new)
    if old is None or new is None:
        return
    before, after = Counter(_collected(old.body)), Counter(_collected(new.body))
    there = [node for node in ast.walk(new) if isinstance(node, Function) and is_test(node)]
    standing = Counter(node.name for node in there)
    lines = {node.name: node.lineno for node in there}
    for name in before:
        if after[name] < min(before[name], standing[name]):
            text = f"the test {name} is there and not collected any more"
            yield TamperFinding(kind="deleted", path=file.path, line=lines[name], text=text, about=(name,))
    for node in new.body:
        if node.lineno in file.new.changed and (name := _switched(node)) and before[name]:
            said = quoted(file.new.lines[node.lineno])
            text = f"a test is skipped or expected to fail ({said})"
            yield TamperFinding(kind="skipped", path=file.path, line=node.lineno, text=text, about=(name,))


def _collected(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names of what runs without a condition: functions, and methods of classes that hold tests."""
    names: dict[str, tuple[str, ...]] = {}
    for node in _unconditional(body):
        if isinstance(node, Function):
            names[node.name] = (node.name,) if is_test(node) and not _yields(node) else ()
        elif isinstance(node, ast.ClassDef):
            names[node.name] = tuple(_collected(node.body)) if _holds_tests(node) else ()
        else:
            for name in _unbound(node):
                names.pop(name, None)
    yield from (one for every in names.values() for one in every)


def _unconditional(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If):
            other = {one.name for one in node.orelse if isinstance(one, Function | ast.ClassDef)}
            yield from (one for one in node.body if isinstance(one, Function | ast.ClassDef) and one.name in other)
        elif isinstance(node, ast.With):
            yield from _unconditional(node.body)
        elif isinstance(node, ast.Try):
            yield from _unconditional([*node.body, *node.orelse, *node.finalbody])


def _holds_tests(node: ast.ClassDef) -> bool:
    """By its name or its bases, of which unknown ones may make it a test case."""
    bases = [base for base in node.bases if not (isinstance(base, ast.Name) and base.id == "object")]
    made = any(isinstance(one, Function) and one.name == "__init__" for one in node.body)
    off = any("__test__" in _targets(one) and _is_false(one) for one in node.body)
    return not off and (bool(bases) or (node.name.startswith("Test") and not made))


def _yields(node: Function) -> bool:
    fixture = any("fixture" in ast.unparse(one) or "given" in ast.unparse(one) for one in node.decorator_list)
    inner = {
        id(part)
        for one in ast.walk(node)
        if one is not node and isinstance(one, Function | ast.Lambda)
        for part in ast.walk(one)
    }
    return not fixture and any(isinstance(one, ast.Yield) and id(one) not in inner for one in ast.walk(node))


def _unbound(node: ast.stmt) -> Iterator[str]:
    """Names that stand for something else, or for nothing, after a statement."""
    if isinstance(node, ast.Delete):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.Assign) and node.value is not None:
        used = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
        yield from (name for name in _targets(node) if name not in used)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if ast.unparse(call.func) in {"globals().pop", "vars().pop", "locals().pop"} and call.args:
            yield str(getattr(call.args[0], "value", ""))


def _switched(node: ast.stmt) -> str:
    """The test or class of tests of which an attribute that stops it is set."""
    for target in node.targets if isinstance(node, ast.Assign) else ():
        if isinstance(target, ast.Attribute) and target.attr in _SWITCHES and isinstance(target.value, ast.Name):
            return target.value.id
    return ""


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for one in targets if isinstance(one, ast.Name)]


def _is_false(node: ast.stmt) -> bool:
    return isinstance(getattr(node, "value", None), ast.Constant) and not node.value.value  # type: ignore[attr-defined]
