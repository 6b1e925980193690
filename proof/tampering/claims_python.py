"""Reads what a Python assertion asks for, from its syntax tree."""

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence

from proof.tampering.claim import Claim, Strength

_S = Strength
_CALLED = {
    **dict.fromkeys(("Equal", "Equals", "Is", "ListEqual", "DictEqual", "SetEqual", "TupleEqual"), _S.EXACT),
    **dict.fromkeys(("SequenceEqual", "MultiLineEqual", "CountEqual", "IsNone", "False"), _S.EXACT),
    **dict.fromkeys(("In", "Regex", "DictContainsSubset"), _S.PART),
    **dict.fromkeys(("AlmostEqual", "NotAlmostEqual"), _S.CLOSE),
    **dict.fromkeys(("Greater", "GreaterEqual", "Less", "LessEqual"), _S.BOUND),
    **dict.fromkeys(("IsNotNone", "NotEqual", "IsInstance", "NotIn", "IsNot"), _S.PRESENT),
}
_MOCKS = {
    "assert_called_once_with": _S.EXACT,
    "assert_called_with": _S.EXACT,
    "assert_has_calls": _S.EXACT,
    "assert_any_call": _S.CLOSE,
    "assert_called_once": _S.PART,
    "assert_called": _S.PRESENT,
    "assert_awaited_once_with": _S.EXACT,
    "assert_awaited_once": _S.PART,
    "assert_awaited": _S.PRESENT,
}
_RAISES = re.compile(r"(?:^|\.)(?:raises|warns|assertRaises|assertRaisesRegex|assertWarns|assertWarnsRegex)$")
_CLOSE = re.compile(r"(?:^|\.)(?:approx|isclose|allclose|assert_allclose|assert_almost_equal)$")
_KIND = re.compile(r"^(?:isinstance|hasattr|callable|issubclass)$")
# What shows a value in another way: an assertion about it is one about the value.
_SEEN_AS = frozenset(
    {"len", "sorted", "list", "set", "tuple", "dict", "frozenset", "str", "repr", "round", "int", "abs", "bool"}
)
_ROUGH = frozenset({"round", "int", "abs"})
_ROUGHLY = 0.1
_PART = re.compile(r"\.(?:startswith|endswith|issubset|issuperset|match|search)$")
_COMPARED: dict[type[ast.cmpop], Strength] = {
    ast.Eq: _S.EXACT,
    ast.Is: _S.EXACT,
    ast.In: _S.PART,
    **dict.fromkeys((ast.Lt, ast.LtE, ast.Gt, ast.GtE), _S.BOUND),
    **dict.fromkeys((ast.NotEq, ast.IsNot, ast.NotIn), _S.PRESENT),
}


def python_claims(statement: str) -> tuple[Claim, ...]:
    """The claims of one statement (or of the head of a `with`); one that can't be read is taken to ask for much."""
    text = textwrap.dedent(statement)
    tree = _parsed(text)
    if tree is None:
        form = re.sub(r"\s+", "", text)
        return (Claim(form=form, strength=_S.EXACT, tokens=frozenset(re.findall(r"\w+", text)), helper=True),)
    return tuple(claim for node in tree.body for claim in _statement(node))


def _parsed(text: str) -> ast.Module | None:
    for attempt in (text, f"{text}\n    pass"):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _statement(node: ast.stmt) -> Iterator[Claim]:
    if isinstance(node, ast.Assert):
        yield from _truth(node.test)
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if isinstance(item.context_expr, ast.Call):
                yield _called(item.context_expr)
    else:
        value = getattr(node, "value", None)
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call):
            yield from _expression(call)


def _expression(call: ast.Call) -> Iterator[Claim]:
    """A call as a statement; `assertTrue(x)` is `assert x`."""
    if _name(call.func).endswith(".assertTrue") and call.args:
        yield from _truth(call.args[0])
    else:
        yield _called(call)


def _called(call: ast.Call) -> Claim:
    name = _name(call.func)
    last = name.rsplit(".", 1)[-1]
    if _RAISES.search(name):
        kinds = call.args[0] if call.args else ast.Tuple(elts=[], ctx=ast.Load())
        named = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        precise = "Regex" in last or any(word.arg == "match" for word in call.keywords)
        raises = frozenset(_name(kind).rsplit(".", 1)[-1] for kind in named)
        return _claim(call, _S.EXACT, ()).model_copy(update={"raises": raises, "precise": precise})
    if _CLOSE.search(name):
        return _claim(call, _S.CLOSE, call.args[:2])
    if last in _MOCKS and isinstance(call.func, ast.Attribute):
        return _claim(call, _MOCKS[last], [call.func.value])
    strength = _CALLED.get(last.removeprefix("assert")) if last.startswith("assert") else None
    if strength is not None:
        return _compared(call, strength, call.args[:2])
    return _claim(call, _S.EXACT, call.args[:1], helper=True)


def _truth(test: ast.expr) -> Iterator[Claim]:
    """What `assert test` asks for; `not x` may stand for any exact comparison."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _truth(value)
    elif isinstance(test, ast.BoolOp):
        firsts = [claim for value in test.values for claim in _truth(value)]
        subjects = frozenset[str]().union(*(claim.subjects for claim in firsts))
        trivial = any(claim.strength is _S.NOTHING for claim in firsts)
        yield _claim(test, _S.NOTHING if trivial else _S.PRESENT, ()).model_copy(update={"subjects": subjects})
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        yield _compared(test, _COMPARED[type(test.ops[0])], [test.left, test.comparators[0]])
    elif isinstance(test, ast.Call):
        yield _truth_of_call(test)
    elif isinstance(test, ast.Constant | ast.Tuple):
        yield _claim(test, _S.NOTHING, ())
    elif isinstance(test, ast.Name | ast.Attribute | ast.Subscript | ast.NamedExpr):
        yield _claim(test, _S.PRESENT, [test])
    else:
        yield _claim(test, _S.EXACT, ())


def _truth_of_call(call: ast.Call) -> Claim:
    name = _name(call.func)
    if _CLOSE.search(name):
        return _claim(call, _S.CLOSE, call.args[:2])
    if _KIND.search(name):
        return _claim(call, _S.PRESENT, call.args[:1])
    if _PART.search(name) and isinstance(call.func, ast.Attribute):
        return _claim(call, _S.PART, [call.func.value, *call.args[-1:]])
    return _claim(call, _S.PRESENT, [call])


def _compared(node: ast.expr, strength: Strength, sides: Sequence[ast.expr]) -> Claim:
    if any(isinstance(side, ast.Call) and _CLOSE.search(_name(side.func)) for side in sides):
        strength = min(strength, _S.CLOSE)
    elif any(isinstance(side, ast.Constant) and side.value is True for side in sides) or any(map(_is_anything, sides)):
        strength = min(strength, _S.PRESENT)
    elif any(isinstance(side, ast.Call) and _name(side.func) in _ROUGH for side in sides) or _counts_only(sides):
        strength = min(strength, _S.PART)
    two = 2
    if len(sides) == two and (ast.dump(sides[0]) == ast.dump(sides[1]) or all(map(_fixed, sides))):
        strength = _S.NOTHING
    return _claim(node, strength, sides).model_copy(update={"rough": any(map(_is_rough, sides))})


def _counts_only(sides: Sequence[ast.expr]) -> bool:
    return any(isinstance(side, ast.Call) and _name(side.func) == "len" for side in sides)


def _is_anything(side: ast.expr) -> bool:
    """Whether it equals whatever it is compared with."""
    return bool(re.fullmatch(r"(?:unittest\.)?(?:mock\.)?ANY", _name(side)))


def _is_rough(side: ast.expr) -> bool:
    """Whether `approx` is given a tolerance of a tenth of the value or more."""
    if not isinstance(side, ast.Call):
        return False
    value = _number(side.args[0]) if side.args else None
    given = {word.arg: _number(word.value) or 0.0 for word in side.keywords}
    relative = max(given.get(name, 0.0) for name in ("rel", "rel_tol", "rtol"))
    absolute = max(given.get(name, 0.0) for name in ("abs", "abs_tol", "atol"))
    return relative >= _ROUGHLY or (bool(value) and absolute >= _ROUGHLY * abs(value or 0.0))


def _number(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) else None


def _fixed(side: ast.expr) -> bool:
    return isinstance(side, ast.Constant)


def _claim(node: ast.expr, strength: Strength, about: Sequence[ast.expr], *, helper: bool = False) -> Claim:
    inner = [one.args[0] for one in about if isinstance(one, ast.Call) and _name(one.func) in _SEEN_AS and one.args]
    return Claim(
        form=ast.unparse(node),
        strength=strength,
        subjects=frozenset(ast.unparse(one) for one in (*about, *inner) if not isinstance(one, ast.Constant)),
        tokens=frozenset(_tokens(node)),
        helper=helper,
    )


def _tokens(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant):
            yield repr(part.value)


def _name(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
