"""Reading a reviewer's answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.verdict import read_review
from domain.review import Finding, Review

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda one: (
        st.lists(one, max_size=3)
        | st.dictionaries(st.sampled_from(["verdict", "findings", "file", "line", "severity", "text", "summary"]), one)
    ),
)


def review(verdict: str, *findings: Finding, summary: str = "") -> Review:
    """A review by the testing specialist."""
    return Review(agent="testing", verdict=verdict, summary=summary, findings=findings)  # type: ignore[arg-type]


BLOCK = Finding(file="a.py", line=3, severity="blocking", text="Fails.")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"verdict": "approve", "summary": "Fine.", "findings": []}', review("approve", summary="Fine.")),
        ('Here:\n```json\n{"verdict": "APPROVED"}\n```', review("approve")),
        ('{"note": 1} {"verdict": "request_changes"}', review("request_changes")),
        (
            '{"verdict": "approve", "findings": [{"file": "a.py", "line": 3, "severity": "Blocking", "text": "No."}]}',
            review("request_changes", BLOCK.model_copy(update={"text": "No."})),
        ),
        ('{"findings": []}', review("approve")),
        ('{"verdict": "perhaps"}', review("request_changes")),
        (
            '{"verdict": "approve", "findings": [{"text": "Odd.", "line": 0, "severity": "fatal"}, 5, {"text": " "}]}',
            review("approve", Finding(file="", severity="minor", text="Odd.")),
        ),
        ("no JSON", None),
        ("{", None),
        ('{"something": "else"}', None),
        ("{" * 5_000, None),
        ("[" * 50_000, None),
        ('{"a":' * 50_000, None),
        ("", None),
    ],
)
def test_an_answer_is_read_leniently(text: str, read: Review | None) -> None:
    """An object anywhere in the text counts; a blocking finding overrules the verdict; odd parts are left out."""
    assert read_review(text, "testing") == read


def test_findings_are_bounded_and_the_gravest_stay() -> None:
    """Twenty at most, each of bounded length, without invisible characters."""
    findings = [{"file": "a\nb", "severity": "minor", "text": f"n{n}\u200b" + "x" * 3_000} for n in range(30)]
    findings.append({"file": "a.py", "line": 3, "severity": "blocking", "text": "Fails."})
    found = read_review(json.dumps({"verdict": "approve", "findings": findings}), "testing")
    assert found is not None
    assert (len(found.findings), found.findings[0], found.findings[1].file) == (20, BLOCK, "a b")
    assert found.findings[1].text.startswith("n0<U+200B>xxx")
    assert len(found.findings[1].text) < 2_060


@given(JSON)
def test_no_json_crashes_the_reader(value: object) -> None:
    """Whatever stands where."""
    found = read_review(json.dumps(value), "testing")
    assert found is None or found.model_dump_json()
