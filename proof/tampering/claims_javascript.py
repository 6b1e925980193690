"""Reads what a JavaScript or TypeScript assertion asks for, by its words: jest's, chai's, node's and tape's."""

import re

from proof.tampering.claim import Claim, Strength
from proof.tampering.dialect import TAP_ASSERTION

_S = Strength
_MATCHERS = {
    **dict.fromkeys(
        ("toBeDefined", "toBeTruthy", "toBeInstanceOf", "toHaveBeenCalled", "toHaveReturned", "toBeCalled"), _S.PRESENT
    ),
    **dict.fromkeys(("exist", "ok", "instanceof", "instanceOf", "a", "an"), _S.PRESENT),
    **dict.fromkeys(
        (
            *("toBeGreaterThan", "toBeGreaterThanOrEqual", "toBeLessThan", "toBeLessThanOrEqual"),
            *("above", "below", "least", "most", "greaterThan", "lessThan"),
        ),
        _S.BOUND,
    ),
    **dict.fromkeys(
        (
            *("toContain", "toContainEqual", "toMatch", "toHaveLength", "toHaveProperty", "toHaveBeenCalledTimes"),
            *("include", "contain", "match", "lengthOf", "property"),
        ),
        _S.PART,
    ),
    **dict.fromkeys(("toMatchObject", "toBeCloseTo", "closeTo"), _S.CLOSE),
}
_DENIED = frozenset({"toBeNull", "toBeUndefined", "toBe", "toEqual", "toStrictEqual", "equal", "null", "undefined"})
_FUNCTIONS = {
    **dict.fromkeys(
        ("ok", "truthy", "assert", "isOk", "isDefined", "exists", "notEqual", "notStrictEqual", "isNot"), _S.PRESENT
    ),
    **dict.fromkeys(("match", "include", "isAbove", "isBelow", "has", "like", "regex"), _S.PART),
    "pass": _S.NOTHING,
}
_THROWS = frozenset({"toThrow", "toThrowError", "throw", "throws", "throwsAsync", "rejects"})
_EXPECT = re.compile(r"\bexpect(?:\.soft)?\s*\(")
_ASSERT = re.compile(rf"\b(assert|t|{TAP_ASSERTION}|chai\.assert)(?:\.strict)?(?:\.(\w+))?\s*\(")
_ANYTHING = re.compile(r"^expect\.(?:anything\(\)|any\(\w+\))$")
_STRING = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`""")
_LITERAL = re.compile(r"-?\d[\w.]*|true|false|null|undefined")
_TOKEN = re.compile(rf"{_STRING.pattern}|[\w$]+(?:\.\d+)?")
_WORD = re.compile(r"\s*\.\s*([A-Za-z_]\w*)\s*")
# jest's matchers do nothing until they are called; chai's words do.
_MATCHER = re.compile(r"to[A-Z]")
_ON_CONDITION = re.compile(
    r"&&|\|\||\?(?![.?])|\bif\s*\(|\b(?:setTimeout|setInterval|setImmediate|nextTick|queueMicrotask)\("
)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


def javascript_claims(statement: str) -> tuple[Claim, ...]:
    """The claim of one statement; one that can't be read is taken to ask for much."""
    if found := _EXPECT.search(statement):
        subject, end = _bracketed(statement, found.end() - 1)
        claim = _expected(statement, subject, statement[end:])
        return (claim.model_copy(update={"strength": min(claim.strength, _at_most(statement, found.start()))}),)
    found = _ASSERT.search(statement)
    if found and (found[1] != "t" or found[2]):
        inner, _ = _bracketed(statement, found.end() - 1)
        return (_asserted(statement, found[2] or "assert", split_arguments(inner)),)
    return (_claim(statement, _S.EXACT, (), helper=True),)


def _at_most(statement: str, start: int) -> Strength:
    """What an `expect` can ask for at that place: on a condition less, and nothing where nobody waits for it."""
    before = _STRING.sub("", statement[:start])
    if re.search(r"\.(?:resolves|rejects)\b", statement) and not re.search(
        r"\b(?:await|return)\b|=>|[=,(\[]\s*$", before
    ):
        return _S.NOTHING
    return _S.PRESENT if _ON_CONDITION.search(before) else _S.EXACT


def _expected(statement: str, subject: str, chain: str) -> Claim:
    denied, word, arguments = False, "", ""
    while found := _WORD.match(chain):
        denied = denied or found[1] == "not"
        word = found[1]
        chain = chain[found.end() :]
        if chain.startswith("("):
            arguments, end = _bracketed(chain, 0)
            chain = chain[end:]
    given = split_arguments(arguments)
    if not word or (_MATCHER.match(word) and not arguments and not re.search(rf"\.\s*{word}\s*\(", statement)):
        return _claim(statement, _S.NOTHING, (subject, *re.split(r"\s*===?\s*", subject)))
    if word in _THROWS:
        return _thrown(statement, given, denied=denied)
    if denied:
        return _claim(statement, _S.PRESENT if word in _DENIED else _S.EXACT, (subject,))
    strength = _MATCHERS.get(word, _S.EXACT)
    if given and (given[0] == "true" or _ANYTHING.match(given[0])):
        strength = _S.PRESENT
    if given and ((_fixed(subject) and _fixed(given[0])) or _flat(subject) == _flat(given[0])):
        strength = _S.NOTHING
    if not given and _fixed(subject):
        strength = _S.NOTHING
    return _claim(statement, strength, (subject,))


def _asserted(statement: str, word: str, given: list[str]) -> Claim:
    if word in _THROWS:
        return _thrown(statement, [one for one in given[1:] if not _STRING.fullmatch(one)], denied=False)
    compared = re.split(r"\s*(?:===?)\s*", given[0]) if given and word in {"ok", "assert", "isOk"} else []
    two = 2
    if len(compared) == two:
        return _claim(statement, _S.EXACT, compared)
    if _FUNCTIONS.get(word) is _S.PRESENT and given and _fixed(given[0]):
        return _claim(statement, _S.NOTHING, ())
    if len(given) >= two and word not in _FUNCTIONS and _flat(given[0]) == _flat(given[1]):
        return _claim(statement, _S.NOTHING, ())
    return _claim(statement, _FUNCTIONS.get(word, _S.EXACT), [one for one in given[:2] if not _fixed(one)])


def _thrown(statement: str, given: list[str], *, denied: bool) -> Claim:
    """`toThrow()` is content with any error, `toThrow(TypeError)` and `toThrow('text')` are not."""
    claim = _claim(statement, _S.EXACT, ())
    if denied:
        return claim
    raises = frozenset({_flat(given[0]) if given else "Error"})
    return claim.model_copy(update={"raises": raises, "precise": bool(given)})


def _claim(
    statement: str, strength: Strength, subjects: "list[str] | tuple[str, ...]", *, helper: bool = False
) -> Claim:
    inner = [one.removesuffix(".length") for one in subjects]
    return Claim(
        form=_flat(statement).rstrip(";"),
        strength=strength,
        subjects=frozenset(_flat(one) for one in (*subjects, *inner) if not _fixed(one)),
        tokens=frozenset(_flat(token) for token in _TOKEN.findall(statement)),
        helper=helper,
    )


def split_arguments(inner: str) -> list[str]:
    """The parts between a call's outer commas."""
    parts, depth, start = [], 0, 0
    masked = _STRING.sub(lambda found: "_" * len(found[0]), inner)
    for place, mark in enumerate(masked):
        depth += (mark in "([{") - (mark in ")]}")
        if mark == "," and depth == 0:
            parts.append(inner[start:place].strip())
            start = place + 1
    return [part for part in (*parts, inner[start:].strip()) if part]


def _bracketed(text: str, start: int) -> tuple[str, int]:
    """What stands in the brackets that open at `start`, and where the text goes on."""
    masked = _STRING.sub(lambda found: "_" * len(found[0]), text)
    depth = 0
    for place in range(start, len(masked)):
        depth += (masked[place] in _CLOSERS) - (masked[place] in _CLOSERS.values())
        if depth == 0:
            return text[start + 1 : place].strip(), place + 1
    return text[start + 1 :].strip(), len(text)


def _fixed(text: str) -> bool:
    return bool(_STRING.fullmatch(text) or _LITERAL.fullmatch(text))


def _flat(text: str) -> str:
    """The same for the same code in another layout or with other quotes."""
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s+", "", text)).replace('"', "'").replace("`", "'")
