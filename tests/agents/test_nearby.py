"""Which files are read at all, by their paths; what a test is about; what a file defines."""

import time
from collections import Counter

import pytest

from agents.definition import defined_terms, defines
from agents.nearby import by_path, worth_reading
from agents.tested import subjects
from agents.words import name_terms

PATHS = (
    "docs/cart.md",
    "locales/ja/cart.po",
    "package-lock.json",
    "pkg/cartstore/store.go",
    "shop/cart.py",
    "shop/mail.py",
    "shop/paging.py",
    "tests/test_cart.py",
    "web/dist/cart.min.js",
)


def test_files_named_like_the_issue_come_first_and_nothing_without_a_sign() -> None:
    """The name counts, then words run together with others; case and endings do not."""
    assert by_path(PATHS, "Mails of a CART store") == (
        "pkg/cartstore/store.go",
        "shop/mail.py",
        "docs/cart.md",
        "locales/ja/cart.po",
        "shop/cart.py",
        "tests/test_cart.py",
        "web/dist/cart.min.js",
    )
    assert by_path(PATHS, "zzz") == ()
    assert by_path((), "cart") == ()


def test_what_nobody_edits_is_not_read() -> None:
    """Locks, built files, documents and translations are left out, then tests come after code."""
    assert worth_reading(PATHS, "Mail is sent twice", 10) == (
        "shop/mail.py",
        "pkg/cartstore/store.go",
        "shop/cart.py",
        "shop/paging.py",
        "tests/test_cart.py",
    )


def test_what_the_issue_names_is_read_whatever_it_is() -> None:
    """By its path, or because the title is about such files."""
    assert worth_reading(PATHS, "Wrong\nsee locales/ja/cart.po", 1) == ("locales/ja/cart.po",)
    assert worth_reading(PATHS, "Docs: explain the cart", 1) == ("docs/cart.md",)


def test_no_more_than_asked() -> None:
    """At most that many, none for none."""
    assert worth_reading(PATHS, "cart", 0) == ()
    assert len(worth_reading(PATHS, "cart", 2)) == 2


@pytest.mark.parametrize(
    ("test", "subject"),
    [
        ("tests/test_cart.py", "shop/cart.py"),
        ("pkg/cart_test.go", "pkg/cart.go"),
        ("src/test/java/a/CartTest.java", "src/main/java/a/Cart.java"),
        ("web/src/cart.spec.ts", "web/src/cart.ts"),
        ("web/src/Badge.test.tsx", "web/src/Badge.tsx"),
    ],
)
def test_a_test_tells_by_its_name_what_it_tests(test: str, subject: str) -> None:
    """In the ways of each language."""
    assert subjects((test, "other/x.py", subject), ("test", "code", "code")) == {0: 2}


def test_the_nearest_of_several_is_the_one_tested_and_no_guess_is_made() -> None:
    """More folders in common; none if two share equally many, and none for a name that says nothing."""
    paths = ("a/tests/test_models.py", "b/models.py", "a/models.py", "c/test_models.py", "a/tests/tests.py")
    assert subjects(paths, ("test", "code", "code", "test", "test")) == {0: 2}


def test_definitions_are_seen_in_every_language() -> None:
    """Functions, classes, types, methods with and without modifiers."""
    text = (
        "def parse_rows(x):\nclass RowReader:\nfunc (s *Server) ServeRows(w Writer) {\ntype RowKind struct {\n"
        "  public static List<Row> sortedRows(int n) {\n  async renderRows() {\nreturn usedRows(1)\n"
    )
    names = ("parse_rows", "RowReader", "ServeRows", "RowKind", "sortedRows", "renderRows")
    assert defined_terms(text) == Counter(term for name in names for term in name_terms(name))
    assert defines(text, "ServeRows")
    assert not defines(text, "usedRows")


@pytest.mark.parametrize("piece", ["def ", " ", "\t\n", "  public static ", "  a(", "func (a) ", "  a b<", "x" * 50])
def test_hostile_files_take_linear_time(piece: str) -> None:
    """400,000 characters of what the patterns begin with."""
    text = piece * (400_000 // len(piece))
    started = time.process_time()
    defined_terms(text)
    defines(text, "rows")
    by_path((text[:4_000] + ".py",), "Rows are wrong\n" + text[:60_000])
    assert time.process_time() - started < 3
