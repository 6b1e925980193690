"""What the issue itself asks for."""

import pytest

from domain.frozen import Frozen
from domain.issue import Issue
from proof.tampering.asked_for import is_asked_for
from proof.tampering.tamper_finding import TamperFinding, TamperKind


class Case(Frozen):
    """What an issue says, what was found, and whether it was asked for."""

    body: str
    kind: TamperKind
    asked: bool
    about: tuple[str, ...] = ("test_sync",)
    title: str = "Trouble"


CASES = (
    Case(body="Please remove the flaky test `test_sync`.", kind="deleted", asked=True),
    Case(body="Please remove the flaky test `tests/test_net.py::test_sync`.", kind="deleted", asked=True),
    Case(body="", title="Delete test_sync, a test of nothing", kind="deleted", asked=True),
    Case(body="Please remove the flaky test `test_other`.", kind="deleted", asked=False),
    Case(body="Please remove the flaky tests.", kind="deleted", asked=False),
    Case(body="Remove the function `sync`.", kind="deleted", asked=False),
    Case(body="Don't remove the test `test_sync`.", kind="deleted", asked=False),
    Case(body="> Remove the test `test_sync`.", kind="deleted", asked=False),
    Case(body="<!-- Remove the test `test_sync`. -->It is slow.", kind="deleted", asked=False),
    Case(body="```\nremove the test test_sync\n```", kind="deleted", asked=False),
    Case(body="The test hangs there. Skip it on Windows.", kind="skipped", asked=True),
    Case(body="Skip the tests of symbolic links on Windows.", kind="skipped", asked=True),
    Case(body="Mark `test_sync` as expected to fail: it is a flaky test.", kind="skipped", asked=True),
    Case(body="Skip `test_other` on Windows.", kind="skipped", asked=False),
    Case(body="The importer should skip empty lines.", kind="skipped", asked=False),
    Case(body="Fix it without skipping tests.", kind="skipped", asked=False),
    Case(body="Raise the tolerance of the rounding tests.", kind="tolerance", asked=True),
    Case(body="Increase the timeout to 30 s.", kind="tolerance", asked=True),
    Case(body="It times out.", kind="tolerance", asked=False),
    Case(body="Update the snapshots for the new header.", kind="snapshot", asked=True),
    Case(body="The header is wrong.", kind="snapshot", asked=False),
    Case(body="Lower the coverage threshold to 70 %.", kind="coverage", asked=True),
    Case(body="Coverage should not be lowered.", kind="coverage", asked=False),
    Case(body="Disable the nightly workflow.", kind="ci", asked=True),
    Case(body="The workflow fails.", kind="ci", asked=False),
    Case(body="Move the project to pytest and exclude legacy.", kind="configuration", asked=True),
    Case(body="Please relax the checks of `test_sync`.", kind="weakened", asked=True),
    Case(body="テスト `test_sync` を削除してください。", kind="deleted", asked=True),
    Case(body="テスト `test_sync` は削除しないでください。", kind="deleted", asked=False),
    Case(body="Windows ではテストをスキップしてください。", kind="skipped", asked=True),
    Case(body="許容誤差を広げてください。", kind="tolerance", asked=True),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.title}, {case.body}"[:80])
def test_only_what_a_sentence_says_is_asked_for(case: Case) -> None:
    """Deed and thing in one sentence that does not deny it; names must fit; quotations and hidden text say nothing."""
    finding = TamperFinding(kind=case.kind, path="tests/test_net.py", line=3, text="x", about=case.about)
    issue = Issue(repo="a/b", number=1, title=case.title, body=case.body)
    assert is_asked_for(finding, issue) is case.asked
