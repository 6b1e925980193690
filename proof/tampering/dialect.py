"""How tests, assertions and skips are written in each language."""

import re

from domain.frozen import Frozen


class Dialect(Frozen):
    """`test` names a test in its first group; `silencer` stops tests from counting.

    `alone` are the silencers that also stop the tests beside them (`.only`).
    """

    test: re.Pattern[str]
    assertion: re.Pattern[str]
    silencer: re.Pattern[str]
    alone: re.Pattern[str]


_CALLS = r"\b(?:assert|check|expect|verify|should|must)\w*\("
_PYTHON = Dialect(
    test=re.compile(r"^\s*(?:async\s+)?def\s+(test\w*)\s*\("),
    assertion=re.compile(rf"^\s*assert\b|\.assert\w*\(|\bpytest\.(?:raises|warns|fail)\b|\bself\.fail\(|{_CALLS}"),
    silencer=re.compile(
        r"\bmark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail|importorskip)\(|@(?:unittest\.)?(?:skip|skipIf|skipUnless)\b"
        r"|\braise\s+SkipTest\b|\bunittest\.(?:skip|skipIf|skipUnless|SkipTest)\b|\bexpectedFailure\b|\bself\.skipTest\(|\b__test__\s*=\s*False"
    ),
    alone=re.compile(r"\bcollect_ignore(?:_glob)?\.|\bpytestmark\b.*\b(?:skip|skipif|xfail)\b"),
)
# What tape, node-tap and ava hand to a test, by the names that people give it, and what it asserts with.
TAP_ASSERTION = (
    r"(?:t|tt|st|sst|s\dt|ct)(?=\.(?:ok|notOk|true|false|truthy|falsy|is|isNot|not|equals?|notEquals?|strictEqual"
    r"|looseEqual|deepEqual|deepLooseEqual|notDeepEqual|same|notSame|strictSame|has|hasStrict|like|match|notMatch"
    r"|doesNotMatch|regex|throws|throwsAsync|notThrows|doesNotThrow|rejects|resolves|error|ifError|snapshot|pass)\()"
)
# What a test or a group begins with, as `test.serial` or `it.concurrent` too.
_BEGINS = r"(?:it|test|tape|tap|t|describe|suite|context|specify)(?:\.(?!only\b|skip\b|todo\b)\w+)*"
_JAVASCRIPT = Dialect(
    test=re.compile(
        r"""^\s*(?:await\s+)?(?:x?it|x?test|fit|tape|(?:t|tt|st|sst)\.test)(?:\.\w+)*\(\s*(['"`].*?['"`])"""
    ),
    assertion=re.compile(rf"\bassert\b|\bexpect\(|\.should\b|\b{TAP_ASSERTION}|{_CALLS}"),
    silencer=re.compile(
        rf"\b{_BEGINS}\.(?:skip|todo|failing|fails|skipIf|runIf)\b"
        r"|\bx(?:it|test|describe|context|specify)\(|\bthis\.skip\(|[{,]\s*(?:skip|todo)\s*:\s*(?:true|['\"`])"
    ),
    alone=re.compile(rf"\b{_BEGINS}\.only\b|\bf(?:it|describe)\(|[{{,]\s*only\s*:\s*true"),
)
_GO = Dialect(
    test=re.compile(r"^func\s+((?:Test|Fuzz)\w*)\("),
    assertion=re.compile(rf"\b[tb]\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require)\.|{_CALLS}"),
    silencer=re.compile(r"\b[tb]\.Skip(?:f|Now)?\("),
    alone=re.compile(r"^//go:build\b"),
)


def dialect_of(path: str) -> Dialect | None:
    """The dialect of a test-side file, by its name; None for data and for languages we can't read."""
    if path.endswith(".py"):
        return _PYTHON
    if re.search(r"\.[cm]?[jt]sx?$", path):
        return _JAVASCRIPT
    return _GO if path.endswith("_test.go") else None
