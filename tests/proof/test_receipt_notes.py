"""What a receipt says that it can't show."""

import re
from pathlib import Path

import pytest

from domain.command import CommandResult, NetworkUse, Place
from domain.endpoint import Endpoint
from domain.receipt import Receipt, Tally
from domain.report import TestOutcome, TestReport, TestStatus
from proof.neutral import Links
from proof.phrases import phrase
from proof.receipt import make_receipt
from proof.receipt_notes import EXIT_CODES_ONLY, left_out_note
from proof.receipt_text import receipt_text
from proof.runs import Runs
from proof.unmet_needs import is_unmet, network_notes, unmet_needs
from proof.wording import Words

_LINKS = Links(forge="github.com", repo="a/b")


def _report(*tests: TestOutcome, notes: tuple[str, ...] = ()) -> TestReport:
    red = any(test.status == "failed" for test in tests)
    return TestReport(command="pytest", runner="pytest", exit_code=int(red), tests=tests, notes=notes)


def _test(name: str, status: TestStatus, message: str = "") -> TestOutcome:
    return TestOutcome(id=name, status=status, message=message)


_PASSED, _FAILED = _test("a", "passed"), _test("a", "failed")


def test_what_the_tests_lacked_is_told() -> None:
    """A run that failed for want of something says so in the receipt, which repeats no note on the report itself."""
    lacked = unmet_needs("Network is unreachable\nsh: 1: pnpm: not found\n")
    assert len(lacked) == 2
    head = _report(_FAILED, notes=("no test report was written", *lacked))
    assert make_receipt("pytest", Runs(base=_report(_FAILED), head=head)).notes == lacked


_HOSTS = (Endpoint(host="db.example.com", port=5432), Endpoint(host="api.example.com", port=443))
_PLACE = Place(workspace=Path("/workspace"), network=_HOSTS)
_REFUSED = "db.example.com:5432 was not reached: 10.0.0.5 is no public address"


def _result(network: NetworkUse | None) -> CommandResult:
    return CommandResult(exit_code=0, output="", seconds=1.0, network=network)


def test_hosts_that_could_be_reached_are_told() -> None:
    """Where the repository lists hosts, each kind of sandbox says what came of it; elsewhere nothing is said."""
    hosts = "db.example.com:5432, api.example.com:443"
    listed = NetworkUse(reach="listed", refused=(_REFUSED,))
    reached = f"these hosts could be reached by the tests and by the agent ({hosts})"
    assert network_notes(_PLACE, _result(listed)) == (reached, _REFUSED)
    assert network_notes(_PLACE, _result(NetworkUse(reach="any"))) == (
        "any host could be reached by the tests and by the agent: they ran without a sandbox",
    )
    assert network_notes(_PLACE, _result(None)) == (
        f"the hosts of `[tests] network` could not be reached: this kind of sandbox lets none through ({hosts})",
    )
    assert network_notes(Place(workspace=Path("/workspace")), _result(None)) == ()


def test_hosts_stand_in_the_receipt() -> None:
    """What any of the runs could reach is said once, in both languages, whether they are red or green."""
    runs = [_report(_PASSED).model_copy(update={"network": notes}) for notes in (("a",), ("a", _REFUSED))]
    assert make_receipt("pytest", Runs(base=runs[0], head=runs[1])).notes == ("a", _REFUSED)
    told = [*network_notes(_PLACE, _result(NetworkUse(reach="any"))), *network_notes(_PLACE, _result(None)), _REFUSED]
    told += network_notes(_PLACE, _result(NetworkUse(reach="listed")))
    japanese = [phrase(one, _LINKS, Words("ja")) for one in told]
    assert [one for one in japanese if not re.search(r"[\u3040-\u30ff]", one)] == []
    assert phrase(_REFUSED, _LINKS, Words("en")) == (
        "`db.example.com:5432` was not reached: `10.0.0.5 is no public address`"
    )


def test_a_host_that_is_not_listed() -> None:
    """Where some hosts are listed, the advice is to list the one that is missing."""
    (note,) = unmet_needs("getaddrinfo ENOTFOUND api.example.com", listed=True)
    assert note.startswith("the tests asked for a host that is not listed in `[tests] network`")
    (bare,) = unmet_needs("getaddrinfo ENOTFOUND api.example.com")
    assert "list their hosts in `[tests] network` of `.claude-cluster.toml`" in bare
    assert (is_unmet(note), is_unmet(bare)) == (True, True)
    assert all(re.search(r"[\u3040-\u30ff]", phrase(one, _LINKS, Words("ja"))) for one in (note, bare))


def test_many_skipped_tests_are_told() -> None:
    """Tests that neither side runs show nothing; why they are skipped tells what is missing here."""
    skipped = _test("c", "skipped", "no\nspeedups")
    both = _report(_PASSED, skipped)
    told = "tests are skipped on the base too, so they show nothing (1 of 2: no speedups)"
    assert make_receipt("pytest", Runs(base=both, head=both)).notes == (told,)
    few = _report(skipped, *(_test(f"n{number}", "passed") for number in range(20)))
    assert make_receipt("pytest", Runs(base=few, head=few)).notes == ()


@pytest.mark.parametrize(("again", "fixed", "flaky"), [(_FAILED, ("a",), ()), (_PASSED, (), ("a",))])
def test_the_base_again(again: TestOutcome, fixed: tuple[str, ...], flaky: tuple[str, ...]) -> None:
    """What passes on the base when it runs again was not fixed, and is no proof."""
    runs = Runs(base=_report(_FAILED), head=_report(_PASSED), base_reruns=(_report(_FAILED), _report(again)))
    receipt = make_receipt("pytest", runs)
    assert (receipt.green, receipt.proven, receipt.fixed, receipt.flaky) == (True, bool(fixed), fixed, flaky)
    assert receipt.notes == (("only some runs of these tests fail (a: 2 of 3)",) if flaky else ())


def test_what_was_not_run_is_told() -> None:
    """What a command does besides testing is named, five at most."""
    told = "what the command does besides testing was not run ({})"
    assert left_out_note(("eslint .", "aud")) == (told.format("eslint .; aud"),)
    assert left_out_note(tuple("abcdefg")) == (told.format("a; b; c; d; e and 2 more"),)
    assert left_out_note(()) == ()


_BASE, _HEAD = "out.xml: the report is not UTF-8", "out.xml: no test report was written"


@pytest.mark.parametrize(
    ("base", "head", "notes"),
    [
        (_BASE, _BASE, (f"single tests are not known on base and head ({_BASE})",)),
        (
            _BASE,
            _HEAD,
            (
                f"single tests are not known on the base ({_BASE})",
                f"single tests are not known on the head ({_HEAD})",
            ),
        ),
        (_BASE, "", (f"single tests are not known on the base ({_BASE})",)),
        ("", "", ()),
    ],
)
def test_why_only_exit_codes_are_known(base: str, head: str, notes: tuple[str, ...]) -> None:
    """The report is named with what was wrong with it, on each side; in Japanese too."""
    runs = Runs(base=_report().model_copy(update={"unread": base}), head=_report().model_copy(update={"unread": head}))
    receipt = make_receipt("make", runs)
    assert receipt.notes == (EXIT_CODES_ONLY, *notes)
    text = "\n".join(receipt_text(receipt, "0" * 40, _LINKS, Words("ja")))
    assert ("`out.xml`: レポートが UTF-8 ではありません" in text) == bool(base)
    assert ("`out.xml`: テストレポートが出力されませんでした" in text) == (head == _HEAD)


def test_a_whole_run_is_no_single_test() -> None:
    """Where only the exit code is known, that stands beside what looks like a test, and not far below."""
    receipt = Receipt(
        command="make", base=Tally(failed=1), head=Tally(passed=1), fixed=("make",), notes=(EXIT_CODES_ONLY, "b")
    )
    blocks = list(receipt_text(receipt, "0" * 40, _LINKS, Words("en")))
    caveat = "(only the exit code is known, so this is the whole run: single tests can't be compared)"
    assert blocks[2:] == [
        f"**Failed before, pass now: 1** {caveat}\n\n- `make`",
        "Run on the base and on this branch, by the orchestrator: `make`",
        "What this does not show:\n\n- b",
    ]
    red = receipt.model_copy(update={"fixed": (), "notes": (EXIT_CODES_ONLY,)})
    assert (
        list(receipt_text(red, "0" * 40, _LINKS, Words("en")))[-1] == f"What this does not show:\n\n- {EXIT_CODES_ONLY}"
    )
