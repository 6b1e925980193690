"""Localisation: a file that the fix changes is among the first five."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.locate import Located, SourceFile, locate
from agents.source_kind import kind_of, wanted_kinds
from domain.frozen import Frozen

SHOP = {
    "shop/cart.py": "class Cart:\n    def apply_discount(self, code):\n        return self.total * code.rate\n",
    "shop/invoice.py": "from shop.cart import Cart\n\ndef render_invoice(cart: Cart):\n    return cart.total\n",
    "shop/mail.py": "def send_reminder(user):\n    smtp.send(user.email, 'reminder')\n",
    "shop/db/migrations/0001_initial.py": "class Migration:\n    tables = ['orders', 'users']\n",
    "shop/api/orders.py": "def list_orders(request, limit):\n    return paginate(query_orders(), limit)\n",
    "shop/paging.py": "def paginate(rows, limit):\n    return {'total': len(rows[:limit]), 'rows': rows[:limit]}\n",
    "web/src/CartBadge.tsx": "export function CartBadge({ count }: Props) {\n  return <span>{count}</span>\n}\n",
    "web/src/theme.css": ".dark { color: white; background: white }\n",
    "web/src/i18n/ja.json": '{"cart": "カート"}\n',
    "web/package-lock.json": '{"cart": "discount discount discount"}\n',
    "web/dist/app.min.js": "function applyDiscount(){cart.discount()}" * 50,
    "pkg/server/handler.go": "func (s *Server) HandleUpload(w http.Writer) error {\n  return s.store.Put()\n}\n",
    "java/src/OrderService.java": "public class OrderService {\n  public Order cancelOrder(Long id) {\n  }\n}\n",
    "rust/src/lexer.rs": "pub fn next_token(input: &str) -> Token {\n    todo()\n}\n",
    "tests/test_cart.py": "def test_apply_discount():\n    assert Cart().apply_discount(code) == 3\n" * 3,
    "docs/cart.md": "# Cart\nHow the cart and the discount code work. Discount, discount.\n",
    ".github/workflows/ci.yml": "jobs:\n  build:\n    steps: [checkout, pytest]\n",
    "Dockerfile": "FROM python:3.12\nRUN pip install shop\n",
    "README.md": "# Shop\nInstall with pip.\n",
}
FILES = tuple(SourceFile(path=path, text=text) for path, text in SHOP.items())


def first(text: str) -> str:
    """The path of the likeliest file."""
    return locate(FILES, text)[0].path


class Case(Frozen):
    """An issue's text and the file that its fix changes."""

    text: str
    path: str


CASES = (
    Case(text="Discount code is applied twice in the cart", path="shop/cart.py"),
    Case(text="apply_discount ignores the rate", path="shop/cart.py"),
    Case(text="Reminders are sent to deleted users", path="shop/mail.py"),
    Case(text="Wrong total\nThe total that `paginate` gives is that of the page.", path="shop/paging.py"),
    Case(text="Badge shows the old count\n`CartBadge` keeps it.", path="web/src/CartBadge.tsx"),
    Case(
        text="Cancelling an order does nothing\nOrderService#cancelOrder gives null", path="java/src/OrderService.java"
    ),
    Case(text="HandleUpload swallows the error", path="pkg/server/handler.go"),
    Case(text="Panic in next_token on empty input", path="rust/src/lexer.rs"),
    Case(text="Dark theme: text is white on white background color", path="web/src/theme.css"),
    Case(text="Add a migration for the orders table", path="shop/db/migrations/0001_initial.py"),
    Case(text="Something is wrong\nSee shop/invoice.py please", path="shop/invoice.py"),
    Case(text="Crash\nin invoice.py somewhere", path="shop/invoice.py"),
    Case(text="Docs: explain the discount code", path="docs/cart.md"),
    Case(text="Add tests for apply_discount", path="tests/test_cart.py"),
    Case(text="CI: cache pip in the build workflow", path=".github/workflows/ci.yml"),
    Case(text="Docker image should pin python", path="Dockerfile"),
    Case(text="README修正", path="README.md"),
    Case(text="メール送信に失敗する", path="shop/mail.py"),
    Case(text="注文一覧のページネーションがおかしい", path="shop/api/orders.py"),
    Case(text="Fails\nSee shop.db.migrations.0001_initial", path="shop/db/migrations/0001_initial.py"),
    Case(
        text='500\n```\nTraceback (most recent call last):\n  File "/srv/shop/api/orders.py", line 2, in list_orders\n'
        '  File "/srv/shop/paging.py", line 2, in paginate\nTypeError\n```',
        path="shop/paging.py",
    ),
    Case(
        text="TypeError\n```\n    at CartBadge (/app/web/src/CartBadge.tsx:2:10)\n    at run (node:x:1:1)\n```",
        path="web/src/CartBadge.tsx",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text.split("\n")[0])
def test_the_file_to_change_comes_first(case: Case) -> None:
    """By words, names, definitions, paths, modules and traces, in several languages."""
    assert first(case.text) == case.path


def test_locks_and_built_files_come_last() -> None:
    """They hold the words, but nobody edits them."""
    order = [one.path for one in locate(FILES, "Discount code is applied twice in the cart", limit=50)]
    assert {"web/package-lock.json", "web/dist/app.min.js"} <= set(order[-4:])


def test_scores_fall_from_one_and_the_limit_holds() -> None:
    """The best has 1; nothing is listed without a sign of the issue."""
    found = locate(FILES, "Discount code is applied twice in the cart", limit=3)
    assert len(found) == 3
    assert found[0] == Located(path="shop/cart.py", score=1.0)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert locate(FILES, "zzz qqq") == ()
    assert locate(FILES, "discount", limit=0) == ()
    assert locate((), "discount") == ()
    assert locate(FILES, "") == ()


def test_the_order_of_the_files_does_not_matter() -> None:
    """Equal scores go by path."""
    twins = [SourceFile(path=f"src/{name}.py", text="alpha beta") for name in "dacb"]
    assert [one.path for one in locate(twins, "alpha")] == ["src/a.py", "src/b.py", "src/c.py", "src/d.py"]


@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=100))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_it_fail(text: str, content: str) -> None:
    """Issues and files are hostile."""
    locate([*FILES, SourceFile(path="src/odd.py", text=content)], text)


@pytest.mark.parametrize("piece", ["a", "a.", "at (", 'File "', " at x\n", "Aa", "#1 ", "a_", "def "])
def test_a_hostile_issue_takes_linear_time(piece: str) -> None:
    """60,000 characters of what patterns begin with."""
    started = time.process_time()
    locate(FILES, "t\n" + piece * (60_000 // len(piece)))
    assert time.process_time() - started < 2


def test_five_thousand_files_take_a_few_seconds() -> None:
    """20 MB of code that shares its words."""
    pick = random.Random(7)
    names = [
        f"{verb}_{noun}"
        for verb in ("get", "set", "load", "save", "parse")
        for noun in ("user", "order", "page", "file")
    ]
    names += [f"thing{number}" for number in range(3_000)]
    files = [
        SourceFile(
            path=f"src/p{number // 50}/m{number}.py",
            text="\n".join(f"def {pick.choice(names)}(x): pass" for _ in range(150)),
        )
        for number in range(5_000)
    ]
    started = time.process_time()
    found = locate(files, "Saving a user fails\n`save_user` raises in src/p3/m170.py")
    assert time.process_time() - started < 12
    assert found[0].path == "src/p3/m170.py"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/app.py", "code"),
        ("src/build/rules.py", "code"),
        ("build/rules.js", "generated"),
        ("web/node_modules/x/src/a.js", "generated"),
        ("tests/test_a.py", "test"),
        ("web/src/Cart.test.tsx", "test"),
        ("src/latest.py", "code"),
        ("java/CartTest.java", "test"),
        ("pkg/cart_test.go", "test"),
        ("docs/index.md", "docs"),
        ("CHANGELOG", "docs"),
        ("yarn.lock", "lock"),
        ("Dockerfile", "pipeline"),
        (".github/workflows/ci.yml", "pipeline"),
        ("web/theme.scss", "style"),
        ("pyproject.toml", "config"),
        ("locales/ja.json", "translation"),
        ("data/rows.csv", "data"),
        ("examples/a.py", "example"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_path(path: str, kind: str) -> None:
    """Folders first, then names."""
    assert kind_of(path) == kind


def test_a_title_says_which_kinds_it_is_about() -> None:
    """In both languages, and only then do they rank with code."""
    assert wanted_kinds("Cart total is wrong") == frozenset()
    assert wanted_kinds("Flaky tests in CI") == {"test", "pipeline", "config"}
    assert wanted_kinds("テストを追加") == {"test"}
