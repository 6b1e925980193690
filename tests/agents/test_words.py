"""Words, terms and Markdown: the text handling below routing and localisation."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.markdown import Fence, Zone, find_paths, read_markdown
from agents.term import Text, parse_term
from agents.words import identifiers, japanese_terms, normalise, singular, split_identifier, stem, words
from domain.frozen import Frozen

ANY = st.text(st.characters(), max_size=200)
LATIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


class Case(Frozen):
    """A term, a text, and how often the term must be found there."""

    term: str
    text: str
    times: int


CASES = (
    Case(term="api", text="The capital of rapid apis is an API.", times=2),
    Case(term="foreign key", text="foreign-key, foreign_key and Foreign Keys, not foreign monkey", times=3),
    Case(term="query", text="queries, query and subquery", times=2),
    Case(term="docker*", text="Dockerfile, dockerized, docker; predocker", times=3),
    Case(term="add ... tests", text="Add more and better unit tests", times=1),
    Case(term="add ... tests", text="add one two three four five six seven tests", times=0),
    Case(term="view|see ... others", text="They see what others view", times=1),
    Case(term="^document", text="Document the flags in the document", times=1),
    Case(term="^document", text="Open a document", times=0),
    Case(term="user's data", text="users data and user\u2019s data", times=2),
    Case(term="XSS", text="XSSが可能、ＸＳＳも", times=2),
    Case(term="テスト", text="コンテストのテスト", times=1),
    Case(term="テスト", text="テストコード", times=0),
    Case(term="テスト*", text="テストコード", times=1),
    Case(term="*ボタン", text="ログインボタンを押す", times=1),
    Case(term="パスワード", text="マスターパスワードの変更", times=1),
    Case(term="サーバー", text="サーバとサーバーとｻｰﾊﾞｰ", times=3),
    Case(term="画面...崩れ|ずれ", text="画面の表示が崩れる。画面とは別の話がここに長々と続いたあとで崩れ", times=1),
    Case(term="", text="anything", times=0),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.term} in {case.text}"[:40])
def test_a_term_is_found_as_its_notation_says(case: Case) -> None:
    """Whole words, plurals, alternatives, gaps, beginnings, and Japanese with the borders of its scripts."""
    assert len(Text(case.text).find(parse_term(case.term))) == case.times


@given(term=LATIN, before=LATIN, after=LATIN)
def test_a_latin_term_never_matches_inside_a_longer_word(term: str, before: str, after: str) -> None:
    """`api` is not in `capital`: with letters before it a term is another word."""
    longer = before + term + after
    found = Text(f"x {longer} y").find(parse_term(term))
    assert found == [] or singular(longer) == singular(term) or term in {"x", "y"}


@given(ANY)
def test_normalising_twice_changes_nothing(text: str) -> None:
    """Lone surrogates, control characters and odd scripts included."""
    once = normalise(text)
    assert normalise(once) == once
    once.encode("utf-8")


@given(ANY, ANY)
@settings(max_examples=60)
def test_no_text_makes_any_of_it_fail(text: str, term: str) -> None:
    """Issues are hostile; every function takes every string."""
    read_markdown(text)
    find_paths(text)
    words(normalise(text))
    japanese_terms(text)
    for name in identifiers(text):
        assert split_identifier(name) == tuple(part.lower() for part in split_identifier(name))
        assert len(stem(name)) >= min(len(name), 4)
    for span in Text(text).find(parse_term(term)):
        assert 0 <= span.start < span.end


@given(st.text(st.sampled_from("ab_.-/\\`<!>#*[]() \n\t:テ画ーA1"), max_size=300))
def test_no_markdown_makes_reading_fail(text: str) -> None:
    """Every mixture of signs is some Markdown."""
    read_markdown(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a/", "a.", "<!--", "```\n", "[", "\\/", "- [x] a\n", "**a", "'a", "テ", "ー", "`a", "a: ", "http://", "\n"],
)
def test_a_body_of_sixty_thousand_characters_takes_linear_time(piece: str) -> None:
    """No pattern backtracks without end: each reads the longest allowed body in well under two seconds."""
    body = piece * (60_000 // len(piece))
    started = time.perf_counter()
    read_markdown(body)
    Text(body).find(parse_term("add ... tests"))
    assert time.perf_counter() - started < 2


def test_identifiers_are_cut_at_humps_and_underscores() -> None:
    """Acronyms stay whole, digits stand alone."""
    assert split_identifier("getHTTPUrl_v2") == ("get", "http", "url", "v", "2")
    assert split_identifier("snake_case_name") == ("snake", "case", "name")
    assert identifiers("ProductRepositoryを直す: user_id") == ["ProductRepository", "user_id"]


def test_related_words_share_a_stem() -> None:
    """So an issue about validation finds the validator."""
    assert {stem(word) for word in ("validate", "validator", "validation", "validated", "validates")} == {"valid"}
    assert {singular(word) for word in ("queries", "query")} == {"query"}
    assert [singular(word) for word in ("status", "redis", "boxes", "apis")] == ["status", "redis", "box", "api"]


def test_markdown_is_read_in_parts() -> None:
    """Comments and addresses vanish, ticked boxes too; what follows an environment heading is an aside."""
    body = (
        "<!-- please read the docs -->\nSaving fails, see https://example.org/docs.\n- [x] I read the README\n\n"
        '```python\nFile "src/app/save.py", line 3\n```\n## Environment\nDocker 24\n'
    )
    read = read_markdown(body)
    assert read.zones == (
        Zone(kind="lead", text="Saving fails, see"),
        Zone(kind="code", text='File "src/app/save.py", line 3'),
        Zone(kind="aside", text="Environment\nDocker 24"),
    )
    assert read.fences == (Fence(language="python", text='File "src/app/save.py", line 3'),)
    assert read.paths == ("src/app/save.py",)


def test_paths_are_found_in_prose_and_japanese() -> None:
    """File names with an ending and paths with folders; sentences and versions are none."""
    text = "README.mdを直す、src\\ui\\Cart.tsx and ./Dockerfile, e.g. v1.2 or and/or."
    assert find_paths(text) == ("README.md", "src/ui/Cart.tsx", "Dockerfile")


@pytest.mark.parametrize("make", [lambda: "```\nopen", lambda: "~~~ js\nx\n```\ny", lambda: "````\n```\n````"])
def test_a_fence_that_does_not_close_ends_with_the_body(make: Callable[[], str]) -> None:
    """A block closes only with its own sign, at least as long."""
    assert len(read_markdown(make()).fences) == 1
