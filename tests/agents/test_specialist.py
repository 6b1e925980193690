"""The specialists: what is built in, what a repository may add, and how they are named."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agents
from agents.specialist import ORDER, load_specialists, parse_specialist, resolve
from agents.term import parse_term
from domain.errors import ConfigurationError, UsageError

MOBILE = """---
name: mobile
title: Mobile engineer
aliases: [ios, android]
signals:
  labels: [mobile app]
  decisive: swift, kotlin, app store
checklist:
  - Old devices still work.
---
You build apps.
"""


def test_seven_are_built_in_and_complete() -> None:
    """Each has words in both languages, a checklist, and a prompt of about a page."""
    everyone = load_specialists()
    assert tuple(one.name for one in everyone) == ORDER
    for one in everyone:
        terms = (*one.signals.decisive, *one.signals.strong, *one.signals.weak)
        assert len(terms) > 200, one.name
        assert any(re.search("[\u3040-\u9fff]", term) for term in terms), one.name
        assert 5 <= len(one.checklist) <= 8, one.name
        assert 200 <= len(one.prompt.split()) <= 360, one.name


def test_every_term_can_match_something() -> None:
    """No entry of the data files is empty, or lost in its notation."""
    for one in load_specialists():
        signals = one.signals
        for term in (*signals.decisive, *signals.strong, *signals.weak, *signals.ignore):
            parsed = parse_term(term)
            steps = all(step.words or step.starts for step in parsed.steps)
            runs = all(run.strip("*") for part in parsed.runs for run in part)
            assert parsed.steps or parsed.runs, (one.name, term)
            assert steps, (one.name, term)
            assert runs, (one.name, term)
            assert not parsed.runs or len(parsed.runs[0]) == 1, f"{one.name}: alternatives before a gap: {term}"


def test_no_name_belongs_to_two() -> None:
    """So an alias is never a matter of order."""
    names = [name for one in load_specialists() for name in {one.name, *one.aliases}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("backend", "backend"), (" API ", "backend"), ("React", "frontend"), ("pytest", "testing"), ("K8s", "devops"),
     ("sql", "database"), ("Documentation", "docs"), ("appsec", "security")],
)  # fmt: skip
def test_a_name_or_alias_in_any_case_is_resolved(name: str, expected: str) -> None:
    """People type what they call it."""
    assert resolve(name, load_specialists()).name == expected


def test_an_unknown_name_is_refused_with_the_valid_ones() -> None:
    """One line that says what to choose from."""
    with pytest.raises(UsageError) as raised:
        resolve("astrology", load_specialists(disabled=("security",)))
    assert str(raised.value) == (
        "no specialist is called 'astrology' - choose one of backend, frontend, testing, devops, database, docs"
    )


def test_a_repository_adds_and_disables() -> None:
    """Extra ones come last; disabled ones may be named by alias."""
    everyone = load_specialists(disabled=("k8s", "docs"), extra=(MOBILE,))
    assert [one.name for one in everyone] == ["backend", "frontend", "testing", "database", "security", "mobile"]
    added = everyone[-1]
    assert added.aliases == ("ios", "android")
    assert added.signals.decisive == ("swift", "kotlin", "app store")
    assert added.prompt == "You build apps."


def test_an_extra_one_with_a_built_in_name_takes_its_place() -> None:
    """A repository may bring its own frontend engineer."""
    own = MOBILE.replace("name: mobile", "name: frontend")
    everyone = load_specialists(extra=(own,))
    assert tuple(one.name for one in everyone) == ORDER
    assert everyone[1].prompt == "You build apps."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("You build apps.", "no front matter"),
        ("---\nname: mobile\n", "does not end"),
        ("---\nname: [\n---\nx", "is not YAML"),
        ("---\n- a\n---\nx", "must be a mapping"),
        (MOBILE.replace("name: mobile", "name: Mobile Team"), "name"),
        (MOBILE.replace("title: Mobile engineer\n", ""), "title"),
        (MOBILE.replace("You build apps.\n", ""), "prompt"),
        (MOBILE.replace("checklist", "check_list"), "check_list"),
        (MOBILE.replace("[ios, android]", "[ios, api]"), "'api' is an alias of both backend and mobile"),
        (MOBILE + "x" * 200_000, "longer than"),
        ("---\na: &a [x]\nname: *b\n---\nx", "is not YAML"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_malformed_extra_is_refused_in_one_line(text: str, says: str) -> None:
    """It says which one and what is wrong."""
    with pytest.raises(ConfigurationError) as raised:
        load_specialists(extra=(MOBILE.replace("mobile", "tablet").replace("ios, android", "ipad"), text))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nobody_left_is_refused() -> None:
    """A case needs somebody to work on it."""
    with pytest.raises(ConfigurationError, match="every specialist is disabled"):
        load_specialists(disabled=ORDER)


@given(st.text(max_size=300))
def test_any_text_is_a_specialist_or_a_configuration_error(text: str) -> None:
    """Whatever a repository holds, nothing else comes out."""
    try:
        parse_specialist(f"---\n{text}", "x.md")
    except ConfigurationError as error:
        assert str(error).startswith("x.md: ")  # noqa: PT017 - most texts fail, a few need not


def test_the_data_files_are_the_seven() -> None:
    """A stray file would be read by nobody."""
    folder = Path(agents.__file__).parent / "specialists"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(ORDER)
