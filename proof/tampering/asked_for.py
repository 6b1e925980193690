"""Whether the issue itself asks for what the tamper gate found.

The rule is narrow on purpose, and a person can check it by reading: one sentence of the issue's title or
description must say the deed and the thing (`raise the tolerance`), must not deny it, and where it names
tests or files, the finding must be about one of these. A test that is deleted must be named. Quotations,
code blocks, comments of HTML and other people's comments say nothing.
"""

import posixpath
import re
from collections.abc import Iterator

from domain.frozen import Frozen
from domain.issue import Issue
from proof.tampering.tamper_finding import TamperFinding, TamperKind

_QUIET = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|^\s*>.*?$", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？\n]+|^\s*[-*]\s+", re.MULTILINE)  # noqa: RUF001 - Japanese ends of sentences
_DENIED = re.compile(
    r"\b(?:(?:do|must|should|shall|may|can) not|(?:do|must|should|can)n['’]t|cannot|not to|never|without|avoid\w*)\b"  # noqa: RUF001
    r"|\b(?:instead of|rather than|no longer|no need|keep|stop|why)\b|ない|せず|ずに|禁止|なしで|しないで",
    re.IGNORECASE,
)
_NAMED = re.compile(r"`([^`\n]+)`|\b(test_\w+|\w+_test|Test[A-Z]\w*)\b|((?:[\w.-]+/)+[\w.-]+|[\w-]+\.\w{1,4})(?![\w/])")
_REMOVE = r"remov\w*|delet\w*|drop\w*|get rid of|削除|消し|消す|取り除"
_TESTS = r"tests?|specs?|suite|test cases?|テスト"


class _Deed(Frozen):
    """What a sentence must say: a word of each; `named` says that the test must be called by its name."""

    verb: str
    thing: str
    named: bool = False


_DEEDS: dict[TamperKind, _Deed] = {
    "deleted": _Deed(verb=_REMOVE, thing=_TESTS, named=True),
    "skipped": _Deed(
        verb=r"skip\w*|xfail\w*|disabl\w*|quarantin\w*|mark\w*\b.{1,60}\bas (?:flaky|expected|xfail)|スキップ|無効",
        thing=rf"{_TESTS}|on windows|on macos|on linux|on python [\d.]+|windows|macos",
    ),
    "weakened": _Deed(
        verb=rf"loosen\w*|relax\w*|weaken\w*|{_REMOVE}|less strict|緩め|緩和",
        thing=r"assert\w*|checks?|expectations?|アサート|検証",
    ),
    "tolerance": _Deed(
        verb=r"rais\w*|increas\w*|widen\w*|relax\w*|loosen\w*|longer|larger|bump\w*|上げ|増や|延ば|緩め|広げ",
        thing=r"toleranc\w*|time-?outs?|precision|epsilon|delta|time limits?|許容|タイムアウト|誤差",
    ),
    "snapshot": _Deed(
        verb=r"updat\w*|regenerat\w*|re-?record\w*|rewrit\w*|refresh\w*|更新|再生成",
        thing=r"snapshots?|golden\w*|スナップショット",
    ),
    "configuration": _Deed(
        verb=rf"chang\w*|exclud\w*|ignor\w*|limit\w*|restrict\w*|mov\w*|migrat\w*|switch\w*|{_REMOVE}|変更|除外|移行",
        thing=r"testpaths|addopts|test (?:command|script|config\w*|settings?|runner)|jest|vitest|mocha|pytest|tox",
    ),
    "coverage": _Deed(verb=rf"lower\w*|reduc\w*|decreas\w*|relax\w*|{_REMOVE}|下げ|緩め", thing=r"coverage|カバレッジ"),
    "ci": _Deed(
        verb=rf"disabl\w*|turn\w* off|skip\w*|allow\w*|{_REMOVE}|無効|止め",
        thing=r"ci|workflows?|jobs?|pipelines?|github actions?|ワークフロー",
    ),
}


def is_asked_for(finding: TamperFinding, issue: Issue) -> bool:
    """Whether a sentence of the issue clearly asks for it."""
    deed = _DEEDS[finding.kind]
    about = {_plain(name) for name in (*finding.about, finding.path) if name}
    for sentence in _sentences(issue):
        if _DENIED.search(sentence) or not (_says(sentence, deed.verb) and _says(sentence, deed.thing)):
            continue
        named = {_plain(name) for match in _NAMED.findall(sentence) for name in match if name}
        ours = named & about or any(name in one.split("::") for name in named for one in finding.about)
        if ours or (not named and not deed.named):
            return True
    return False


def _sentences(issue: Issue) -> Iterator[str]:
    body = _QUIET.sub("\n", issue.body)
    for text in (issue.title, body):
        yield from (part for part in _SENTENCE.split(text) if part and part.strip())


def _says(sentence: str, words: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", sentence, re.IGNORECASE))


def _plain(name: str) -> str:
    """A test or a file by its last name, without quotation marks, brackets and ending."""
    last = posixpath.basename(name.strip("`'\"").split("::")[-1]).split("[")[0]
    return re.sub(r"(?:\(\)|\.py|\.[cm]?[jt]sx?)$", "", last)
