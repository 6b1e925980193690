"""Secrets in what a change adds. The keys below are made up, and put together so that no scanner finds them here."""

import time

import pytest

from domain.errors import BadWork
from domain.frozen import Frozen
from proof.added_lines import Added, added_lines
from proof.assignments import looks_drawn
from proof.secrets import ASSIGNED, Secret, find_secrets, has_secret

RANDOM = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kM9nP2rS5uV8xY1zA4cD7fG0iL3oR"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UPPER = "QW7ERTY2UIOP3ASD4FGH5JKL6ZXC"


class Case(Frozen):
    """A line that somebody adds, and what is found in it."""

    name: str
    line: str
    kind: str | None
    path: str = "src/settings.py"


TOKENS = (
    Case(name="GitHub", line="gh" + "p_" + RANDOM[:36], kind="GitHub token"),
    Case(name="GitHub, fine-grained", line="github" + "_pat_" + RANDOM + RANDOM[:20], kind="GitHub token"),
    Case(name="GitLab", line="gl" + "pat-" + RANDOM[:20], kind="GitLab token"),
    Case(name="Anthropic", line="sk-" + "ant-api03-" + RANDOM, kind="Anthropic key"),
    Case(name="OpenAI", line="sk-" + "proj-" + RANDOM, kind="OpenAI key"),
    Case(name="OpenAI, classic", line="sk-" + RANDOM[:48], kind="OpenAI key"),
    Case(name="AWS", line="AK" + "IA" + UPPER[:16], kind="AWS key"),
    Case(name="Google", line="AI" + "za" + RANDOM[:35], kind="Google API key"),
    Case(name="Slack", line="xo" + "xb-" + "2345678901-" + RANDOM[:24], kind="Slack token"),
    Case(
        name="Slack webhook",
        line="https://hooks.slack" + ".com/services/T0AB2CD3E/B0AB2CD3E/" + RANDOM[:24],
        kind="Slack webhook",
    ),
    Case(name="Stripe", line="sk_" + "live_" + RANDOM[:24], kind="Stripe key"),
    Case(name="npm", line="np" + "m_" + RANDOM[:36], kind="npm token"),
    Case(name="PyPI", line="py" + "pi-AgEIcHlwaS5vcmcC" + RANDOM, kind="PyPI token"),
    Case(name="Azure storage", line="Account" + "Key=" + (RANDOM * 2)[:86] + "==", kind="Azure storage key"),
    Case(name="Mailchimp", line=HEX[:32] + "-us" + "12", kind="Mailchimp key"),
    Case(name="Square", line="sq0" + "csp-" + RANDOM[:43], kind="Square secret"),
    Case(name="Twilio", line="SK" + HEX[:32], kind="Twilio key"),
    Case(name="Hugging Face", line="h" + "f_" + "qwErTyuIopAsDfghJkLzXcVbnmQwErTyuI", kind="Hugging Face token"),
    Case(name="SendGrid", line="S" + "G." + RANDOM[:22] + "." + RANDOM[:43], kind="SendGrid key"),
    Case(
        name="a web token",
        line="ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + f"JzdWI{RANDOM[:20]}.{RANDOM[:30]}",
        kind="JSON web token",
    ),
    Case(
        name="a key in a string",
        line='KEY = "-----BEGIN ' + "RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA" + RANDOM + '"',
        kind="private key",
    ),
    Case(name="named by a docstring", line="AK" + "IA" + "IOSFODNN7EXAMPLE", kind=None),
    Case(name="a stand-in", line="gh" + "p_" + "x" * 36, kind=None),
    Case(
        name="the usual example web token", line="eyJhbGciOiJI.eyJzdWIiOiIxMjM0NTY3ODkwIiwib.SflKxwRJSMeKKF", kind=None
    ),
    Case(name="a key's header alone", line='if line == "-----BEGIN ' + 'PRIVATE KEY-----":', kind=None),
)
ASSIGNMENTS = (
    Case(name="Python", line=f'API_KEY = "{RANDOM[:24]}"', kind=ASSIGNED),
    Case(name="JSON", line=f'  "client_secret": "{RANDOM[:32]}",', kind=ASSIGNED),
    Case(name="typed", line=f'const apiKey: string = "{RANDOM[:32]}";', kind=ASSIGNED),
    Case(name="hexadecimal", line=f"secret_key = '{HEX[:40]}'", kind=ASSIGNED),
    Case(name="environment file", line=f"export DB_PASSWORD={RANDOM[:20]}", path=".env.production", kind=ASSIGNED),
    Case(name="YAML", line=f"  password: {RANDOM[:20]}", path="deploy/values.yaml", kind=ASSIGNED),
    Case(name="in an address", line=f'url = "postgres://app:{RANDOM[:16]}@db.internal/shop"', kind=ASSIGNED),
    Case(name="a bare value in code is a name", line=f"password = {RANDOM[:20]}", kind=None),
    Case(name="a stand-in", line='password = "changeme-please-123"', kind=None),
    Case(name="of the environment", line='token = "${{ secrets.DEPLOY_TOKEN_2 }}"', kind=None),
    Case(name="looked up", line='token = os.environ["DEPLOY_TOKEN_2"]', kind=None),
    Case(name="a name", line='secret_name = "prod-database-credentials-2024"', kind=None),
    Case(name="an address", line='token_url = "https://login.example.com/oauth2/v2.0/token"', kind=None),
    Case(name="a path", line='private_key = "/etc/ssl/private/server-2024.pem"', kind=None),
    Case(name="a sentence", line='password = "Enter the password of 8 letters"', kind=None),
    Case(name="a class of errors", line='TOKEN_EXPIRED = "authentication_token_expired"', kind=None),
    Case(name="a checksum elsewhere", line=f'digest = "{HEX}"', kind=None),
    Case(name="a lock file", line=f'"token": "{RANDOM[:32]}"', path="web/package-lock.json", kind=None),
)


def diff_of(path: str, text: str, first: int = 1) -> str:
    """The difference that adds these lines to a file."""
    lines = text.split("\n")
    body = "".join(f"+{line}\n" for line in lines)
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -{first - 1},0 +{first},{len(lines)} @@\n{body}"
    )


@pytest.mark.parametrize("case", TOKENS + ASSIGNMENTS, ids=lambda case: f"{case.kind}: {case.name}")
def test_lines_with_and_without_secrets(case: Case) -> None:
    """Tokens of known shapes and drawn values are found; examples, stand-ins and names are not."""
    found = find_secrets(diff_of(case.path, f"# settings\n{case.line}\n# end", first=40))
    sure = case.kind not in {ASSIGNED, "JSON web token", "Twilio key"}
    expected = (Secret(kind=case.kind, path=case.path, line=41, sure=sure),) if case.kind else ()
    assert found == expected


def test_a_key_over_several_lines_is_found_where_it_begins() -> None:
    """A private key with headers, as openssl writes it."""
    key = "-----BEGIN " + f"RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{RANDOM}"
    assert [(secret.kind, secret.line) for secret in find_secrets(diff_of("a.pem", f"\n{key}"))] == [("private key", 2)]


def test_what_is_removed_or_around_is_not_found() -> None:
    """Only added lines count."""
    token = "gh" + "p_" + RANDOM[:36]
    assert find_secrets(f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n {token}\n-{token}\n+gone\n") == ()


def test_added_lines_know_their_place() -> None:
    """Neighbouring lines form a run; odd names, lines like headers and odd characters survive."""
    diff = (
        'diff --git "a/\\346\\227\\245.txt" "b/\\346\\227\\245.txt"\n'
        '--- "a/\\346\\227\\245.txt"\n+++ "b/\\346\\227\\245.txt"\n'
        "@@ -1,2 +1,4 @@\n+++ b/other\n+x\ry\x0cz\n same\n-old\n+new\n"
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
        "@@ -0,0 +1 @@\n+../up\n\\ No newline at end of file\n"
    )
    assert tuple(added_lines(diff)) == (
        Added(path="日.txt", first=1, text="++ b/other\nx\ry\x0cz\n"),
        Added(path="日.txt", first=4, text="new\n"),
        Added(path="l", first=1, text="../up\n"),
    )


def test_a_broken_difference_is_refused() -> None:
    """Nothing is vouched for that can't be read."""
    with pytest.raises(BadWork, match="the difference can't be read"):
        find_secrets("--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n+one\n")


def test_text_is_searched_for_tokens_only() -> None:
    """A transcript may hold drawn values, but no token."""
    assert has_secret("the output was gh" + "p_" + RANDOM[:36]) is True
    assert has_secret(f'password = "{RANDOM[:24]}"') is False


def test_long_lines_are_searched_in_linear_time() -> None:
    """A megabyte of code on one line takes no more than a few seconds, whatever it repeats."""
    started = time.monotonic()
    for piece in (
        "token=",
        "a" * 50,
        "secret: ",
        "-----BEGIN PRIVATE KEY-----",
        "eyJaaaaaaaaaaaa.",
        "a://b:c",
        "'password",
    ):
        find_secrets(diff_of("x.yaml", piece * (1_000_000 // len(piece) // 7)))
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        (RANDOM[:24], True),
        (HEX[:32], True),
        ("Tr0ub4dor&3zz", True),
        ("correct-horse-battery-staple", False),
        ("aaaaaaaaaaaaaaaaaaaaaaaa1111", False),
        ("com.example.Service2", False),
        ("2024-11-22T09:00:00", False),
        ("0000000000000000000000000000", False),
    ],
)
def test_drawn_values_are_told_from_words(value: str, *, drawn: bool) -> None:
    """Entropy and make-up decide."""
    assert looks_drawn(value) is drawn
