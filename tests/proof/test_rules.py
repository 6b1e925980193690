"""The repository's own settings."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.endpoint import Endpoint
from domain.errors import ConfigurationError
from domain.frozen import Frozen
from domain.repository import (
    AgentRules,
    ApprovalRules,
    GuardRules,
    PullRequestRules,
    RepositoryRules,
    TestRules,
)
from proof.rules import parse_rules

WHOLE = """\
[tests]
command = "make test"
setup = "make setup"
timeout_s = 60
report = "out/junit.xml"
network = ["DB.example.com:5432", "10.0.0.7:80"]

[guard]
protected = ["infra/**", "!infra/docs/"]
max_files = 3
max_lines = 40

[pull_request]
draft = "always"
labels = ["自動"]
reviewers = ["octocat", "acme/team"]
language = "ja"

[agents]
disabled = ["frontend"]
extra = [".claude/agents/ml.md"]

[approval]
before = ["generate", "pull_request"]
"""


class Case(Frozen):
    """What stands in the file, and what the user is told."""

    name: str
    text: str | bytes
    told: str


REFUSED = (
    Case(name="no TOML", text="[tests\n", told="not valid TOML: Expected ']' at the end of a table declaration"),
    Case(name="bottomless", text="a = " + "[" * 5_000, told="not valid TOML: nested too deep"),
    Case(
        name="unknown table",
        text="[test]",
        told="unknown table or key 'test'; there are [tests], [guard], [pull_request], [agents], [approval]",
    ),
    Case(
        name="unknown key",
        text="[guard]\nmaxfiles = 3",
        told="[guard] has no key 'maxfiles'; it has protected, max_files, max_lines",
    ),
    Case(name="key for table", text="guard = 3", told="[guard] should be a table, not 3"),
    Case(
        name="text for number",
        text='[guard]\nmax_files = "3"',
        told="[guard] max_files should be a whole number, not '3'",
    ),
    Case(
        name="truth for number",
        text="[tests]\ntimeout_s = true",
        told="[tests] timeout_s should be a whole number, not True",
    ),
    Case(
        name="too small",
        text="[guard]\nmax_files = 0",
        told="[guard] max_files should be greater than or equal to 1, not 0",
    ),
    Case(name="text for list", text='[guard]\nprotected = "a"', told="[guard] protected should be a list, not 'a'"),
    Case(
        name="number in list",
        text='[guard]\nprotected = ["a", 1]',
        told="[guard] protected, item 2, should be a string, not 1",
    ),
    Case(
        name="no such word",
        text='[pull_request]\ndraft = "no"',
        told="[pull_request] draft should be 'auto', 'always' or 'never', not 'no'",
    ),
    Case(
        name="bad glob",
        text='[guard]\nprotected = ["!"]',
        told="[guard] protected should hold globs as in .gitignore, not '!'",
    ),
    Case(
        name="empty command",
        text='[tests]\ncommand = " "',
        told="[tests] command should be a command, not empty; leave the key out to have it detected",
    ),
    Case(
        name="report outside",
        text='[tests]\nreport = "../x.xml"',
        told="[tests] report should be a path inside the repository, not '../x.xml'",
    ),
    Case(
        name="agent outside",
        text='[agents]\nextra = ["/etc/passwd"]',
        told="[agents] extra should be a path inside the repository, not '/etc/passwd'",
    ),
    Case(
        name="not UTF-8",
        text="[tests]\ncommand = 'テスト'".encode("shift_jis"),
        told="line 2 is not UTF-8; save the file as UTF-8",
    ),
    Case(
        name="not a host",
        text='[tests]\nnetwork = ["db.example.com:5432", "*:443"]',
        told="[tests] network, item 2, should be a host's name and a port, such as db.example.com:5432, "
        "each host by its full name, not '*:443'",
    ),
    Case(
        name="too many hosts",
        text=f"[tests]\nnetwork = {[f'host{number}.example.com:443' for number in range(1_000)]}",
        told="[tests] network should hold at most 20, not 1000",
    ),
    Case(name="huge", text="#" * 70_000, told="70000 bytes are too many, 65536 are the most"),
)


def test_no_file_means_the_defaults() -> None:
    """A repository without the file, and with an empty one, has the default rules."""
    assert parse_rules(None) == parse_rules(b"") == RepositoryRules()


def test_every_key_is_read() -> None:
    """Every table and key reaches the rules."""
    assert parse_rules(WHOLE.encode()) == RepositoryRules(
        tests=TestRules(
            command="make test",
            setup="make setup",
            timeout_s=60,
            report="out/junit.xml",
            network=(Endpoint(host="db.example.com", port=5432), Endpoint(host="10.0.0.7", port=80)),
        ),
        guard=GuardRules(protected=("infra/**", "!infra/docs/"), max_files=3, max_lines=40),
        pull_request=PullRequestRules(
            draft="always", labels=("自動",), reviewers=("octocat", "acme/team"), language="ja"
        ),
        agents=AgentRules(disabled=("frontend",), extra=(".claude/agents/ml.md",)),
        approval=ApprovalRules(before=("generate", "pull_request")),
    )


def test_windows_files_are_read() -> None:
    """A byte order mark and CRLF change nothing."""
    assert parse_rules(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()) == parse_rules(WHOLE.encode())


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_mistakes_are_explained_in_one_line(case: Case) -> None:
    """The message names the file, the table, the key, what is wrong and what is valid."""
    data = case.text if isinstance(case.text, bytes) else case.text.encode()
    with pytest.raises(ConfigurationError) as caught:
        parse_rules(data)
    assert caught.value.reason.split(" (at line")[0] == f".claude-cluster.toml: {case.told}"
    assert caught.value.remedy == "correct .claude-cluster.toml on the default branch"
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_is_ever_raised(data: bytes) -> None:
    """Whatever the bytes are, there are rules or a configuration error."""
    with suppress(ConfigurationError):
        assert isinstance(parse_rules(data), RepositoryRules)
