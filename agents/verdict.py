"""Reading a reviewer's answer: JSON somewhere in the text, whatever else is odd about it."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from agents.hidden import revealed
from agents.tools.cut import head, one_line
from domain.conversation import Block
from domain.review import Finding, Review, Severity, Verdict

_MOST_FINDINGS = 20
_MOST_TEXT = 2_000
_MOST_SUMMARY = 4_000
_MOST_STARTS = 200
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_APPROVE = {"approve", "approved", "accept", "lgtm"}

SCHEMA: Block = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": list(get_args(Verdict))},
        "summary": {"type": "string"},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "file": {"type": "string"},
                    "line": {"type": ["integer", "null"]},
                    "severity": {"type": "string", "enum": list(_SEVERITIES)},
                    "text": {"type": "string"},
                },
                "required": ["file", "line", "severity", "text"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["verdict", "summary", "findings"],
    "additionalProperties": False,
}


def read_review(text: str, agent: str) -> Review | None:
    """The review in a model's answer; None if no JSON object in it has a verdict or findings.

    A blocking finding means `request_changes` whatever the verdict says; an unknown severity is `minor`;
    at most 20 findings stay, the gravest first.
    """
    for found in _objects(text):
        if isinstance(found.get("verdict"), str) or isinstance(found.get("findings"), list):
            return _review(found, agent)
    return None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(_MOST_STARTS):
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield found
        at = text.find("{", end)


def _review(found: dict[str, Any], agent: str) -> Review:
    listed = found.get("findings")
    findings = [finding for item in (listed if isinstance(listed, list) else []) if (finding := _finding(item))]
    findings.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
    blocking = any(finding.severity == "blocking" for finding in findings)
    word = str(found.get("verdict", "approve")).strip().lower()
    verdict: Verdict = "approve" if word in _APPROVE and not blocking else "request_changes"
    summary = _words(found.get("summary"), _MOST_SUMMARY)
    return Review(agent=agent, verdict=verdict, summary=summary, findings=tuple(findings[:_MOST_FINDINGS]))


def _finding(item: object) -> Finding | None:
    if not isinstance(item, dict):
        return None
    text = _words(item.get("text"), _MOST_TEXT)
    if not text:
        return None
    line = item.get("line")
    word = str(item.get("severity", "")).strip().lower()
    return Finding(
        file=one_line(str(item.get("file") or ""), 300),
        line=line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else None,
        severity=next((one for one in _SEVERITIES if one == word), "minor"),
        text=text,
    )


def _words(value: object, limit: int) -> str:
    return head(revealed(value).strip(), limit) if isinstance(value, str) else ""
