"""What the tests of the base call, and a change puts something else in the place of, in Python."""

import ast
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile
from proof.tampering.source import Function, dotted, imported, parsed, tests_in
from proof.tampering.tamper_finding import TamperFinding, quoted

_PATCHERS = ("setattr", "patch", "patch.object")
_SIDE = ("tests.", "test.", "testing.")


def stand_ins(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each new line that replaces what an older test in this file calls, or fills in its result."""
    if not (file.old_path and file.new_path.endswith(".py")):
        return
    old, new = parsed(file.old), parsed(file.new)
    if old is None or new is None:
        return
    names, before = imported(old), tests_in(old)
    called = {name: _called(node, names) for name, node in before.items()}
    every = set[str]().union(*called.values()) if called else set[str]()
    found = dict.fromkeys(_rebound(new.body, names, every), "")
    found |= dict.fromkeys(_borrowed(new, names, every), "")
    for name, node in tests_in(new).items():
        if name in before:
            lines = (*_patched(node, names, called[name]), *_rebound(node.body, names, called[name]))
            found |= dict.fromkeys((*lines, *_filled_in(before[name], node)), name)
    for number, test in found.items():
        if number in file.new.changed:
            text = f"what the tests are about is replaced ({quoted(file.new.lines[number])})"
            about = (test,) if test else ()
            yield TamperFinding(kind="weakened", path=file.path, line=number, text=text, about=about)


def _called(test: Function, names: dict[str, str]) -> set[str]:
    return {path for node in ast.walk(test) if isinstance(node, ast.Call) and (path := dotted(node.func, names))}


def _rebound(body: list[ast.stmt], names: dict[str, str], called: set[str]) -> Iterator[int]:
    """Functions and assignments that take an imported name."""
    ours = {name for name, path in names.items() if path in called}
    for node in body:
        if isinstance(node, Function) and node.name in ours:
            yield node.lineno
        elif isinstance(node, ast.Assign):
            used = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            named = {one.id for one in node.targets if isinstance(one, ast.Name)} - used
            if named & ours or any(
                dotted(one, names) in called for one in node.targets if isinstance(one, ast.Attribute)
            ):
                yield node.lineno


def _borrowed(new: ast.Module, names: dict[str, str], called: set[str]) -> Iterator[int]:
    """Imports that take a name of the product from the tests' own files now."""
    ours = {name for name, path in names.items() if path in called and not _is_ours(path)}
    for node in ast.walk(new):
        if not isinstance(node, ast.ImportFrom) or not _is_ours("." * node.level + (node.module or "") + "."):
            continue
        if ours & {one.asname or one.name for one in node.names}:
            yield node.lineno


def _is_ours(path: str) -> bool:
    return path.startswith((*_SIDE, ".")) or any(word in path.lower() for word in ("fake", "stub", "mock"))


def _patched(test: Function, names: dict[str, str], called: set[str]) -> Iterator[int]:
    for node in ast.walk(test):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(_PATCHERS):
            continue
        target = _target(node, names)
        if target and any(_same(target, one) for one in called):
            yield node.lineno


def _target(call: ast.Call, names: dict[str, str]) -> str:
    """What a call of a patcher replaces: `'shop.total'`, or `shop, 'total'`."""
    given = [one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "" for one in call.args[:2]]
    if given and given[0]:
        return given[0]
    owner = dotted(call.args[0], names) if call.args else ""
    return f"{owner}.{given[1]}" if owner and len(given) > 1 and given[1] else ""


def _same(target: str, called: str) -> bool:
    """Whether both are one thing: the same path, or the same ends of it where a package says it shorter."""
    mine, other = target.split("."), called.split(".")
    return target == called or (mine[0], mine[-1]) == (other[0], other[-1])


def _filled_in(old: Function, new: Function) -> Iterator[int]:
    """Where a value that a test asserts about was computed before and is written down now, or compared with itself."""
    computed, given = _assigned(old, ast.Call), _assigned(new, ast.Constant)
    asserted = {
        one.id
        for node in ast.walk(new)
        if isinstance(node, ast.Assert)
        for one in ast.walk(node)
        if isinstance(one, ast.Name)
    }
    for name in computed.keys() & given.keys() & asserted:
        if name not in _assigned(new, ast.Call):
            yield given[name].lineno
    sources = {name: ast.dump(node.value) for name, node in _assigned(new, ast.Call).items()}
    for node in ast.walk(new):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            itself = sources.get(node.left.id)
            if len(node.ops) == 1 and itself == ast.dump(node.comparators[0]):
                yield node.lineno


def _assigned(test: Function, kind: type[ast.expr]) -> dict[str, ast.Assign]:
    """The last assignment of a value of this kind to each name."""
    return {
        target.id: node
        for node in ast.walk(test)
        if isinstance(node, ast.Assign)
        and any(isinstance(one, kind) for one in ([node.value] if kind is ast.Constant else ast.walk(node.value)))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
