"""A side of a Python file as a syntax tree, and the names in it."""

import ast
import sys

from proof.tampering.changed_file import Side

Function = ast.FunctionDef | ast.AsyncFunctionDef
_TOOLS = frozenset({"pytest", "_pytest", "hypothesis", "mock", "numpy", "pandas", "django", "freezegun", "responses"})


def parsed(side: Side) -> ast.Module | None:
    """The tree of a side that is wholly in sight and is Python; line numbers are the side's own."""
    if not side.lines or len(side.lines) != max(side.lines):
        return None
    try:
        return ast.parse("\n".join(side.lines[number] for number in sorted(side.lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def tests_in(tree: ast.Module) -> dict[str, Function]:
    """The functions that are named as tests, by their name; of several, the last."""
    return {node.name: node for node in ast.walk(tree) if isinstance(node, Function) and is_test(node)}


def is_test(node: Function) -> bool:
    """Whether a function is named as a test."""
    return node.name.startswith("test")


def imported(tree: ast.AST) -> dict[str, str]:
    """What local names stand for, as dotted paths; the standard library and the tools of testing left out."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names |= {one.asname or one.name: f"{module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
            names |= {first: first for one in node.names if not one.asname for first in [one.name.split(".")[0]]}
    return {name: path for name, path in names.items() if path.split(".")[0] not in {*sys.stdlib_module_names, *_TOOLS}}


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The path of a name or of an attribute of one, if it is `names`' or one of theirs; else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])
