"""Two versions of a line that runs tests: whether the second runs less, or hides what it finds."""

import re

_RUNNERS = r"(?:py\.?test|unittest|jest|vitest|mocha|ava|tap|tape|nose2?|tox|nox|test|cargo|rspec)"
_RUNNER = re.compile(rf"(?:^|[\s/\"'])(?P<runner>{_RUNNERS})(?=$|[\s\"',;&|)])")
_FEWER = re.compile(
    r"(?:^|[\s\"'])(?:-k|--ignore(?:-glob)?|--deselect|--(?:lf|last-failed|sw|stepwise|nf)|--co(?:llect-only)?|--listTests"
    r"|--testPathIgnorePatterns|--testNamePattern|--testPathPatterns?|-t|--grep|-g|--fgrep|--invert|--exclude|--onlyChanged"
    r"|--changed\w*|--shard|-short|-run|-skip|--no-run|--dry-run)(?=[\s=\"',]|$)|(?:pytest|py\.test)\b[^&|;]{0,200}\s[\"']?-m(?=[\s=\"'])"
)
# What more than the plain tests runs with.
_MORE = re.compile(
    r"--doctest-(?:modules|glob|continue)\S*|--(?:run-?)?(?:slow|integration|all|workspaces?)(?=$|[\s\"',=])"
)
_SWALLOWED = re.compile(
    r"\|\|\s*(?:true|:|exit 0|echo)|;\s*(?:true|:|exit 0)[\"',\s]*$|^\s*exit 0\s*$|\bset \+e\b"
    r"|(?<!\|)\|\s*(?:tee|cat|head|tail|sort|less)\b"
    r"|--pass-?[wW]ith-?[nN]o-?[tT]ests|--suppress-no-test-exit-code|--no-fail\b|--exit-zero\b"
)
_RECORDED = re.compile(
    r"--updateSnapshot|--update-snapshots?|--snapshot-update|(?:jest|vitest|ava)\b[^&|;]{0,200}\s-u\b|--inline-snapshot=fix"
    r"|UPDATE_SNAPSHOTS?=(?:1|true|all)"
)
_MARK = re.compile(r"[\s\"',;&|\\@]+")


def runs_tests(text: str) -> bool:
    """Whether a line of a shell, a recipe or a workflow looks as if it ran tests."""
    named = re.match(r"\s*(?:#|//|-?\s*name:|[\w-]+:\s*$)", text)
    return not named and bool(re.search(rf"\b{_RUNNERS}\b(?!\.)", text))


def swallows(text: str, before: str = "") -> bool:
    """Whether failures stop to count: `|| true` and its like, which `before` does not have."""
    return len(_SWALLOWED.findall(text)) > len(_SWALLOWED.findall(before))


def records(text: str, before: str = "") -> bool:
    """Whether snapshots are rewritten by every run, which `before` did not do."""
    return len(_RECORDED.findall(text)) > len(_RECORDED.findall(before))


def runs_fewer(text: str, before: str) -> bool:
    """Whether a filter came in, something that ran is gone, or a place is named where all was run before."""
    if len(_FEWER.findall(text)) > len(_FEWER.findall(before)) or len(_MORE.findall(text)) < len(_MORE.findall(before)):
        return True
    old, new = _places(before), _places(text)
    return _runners(before) - _runners(text) > 0 or bool(old - new) or bool(new and not old and _runners(before))


def _runners(text: str) -> int:
    return len(_RUNNER.findall(text))


def _places(text: str) -> set[str]:
    """What is named behind the runner: files and folders."""
    found = _RUNNER.search(text)
    if not found:
        return set()
    words = [word for word in _MARK.split(text[found.end() :]) if word]
    shapes = re.compile(r"(?!-)(?:[\w.*-]+/)+[\w.*-]*|tests?|specs?|[\w*-]+\.(?:py|[cm]?[jt]sx?)")
    return {word.rstrip("/") for word in words if shapes.fullmatch(word)}
