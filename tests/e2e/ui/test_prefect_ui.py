"""The Prefect UI as people use it, in a real browser, against the rehearsal: start, watch, read, approve, retry."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.model import Mishap

pytestmark = [pytest.mark.slow, pytest.mark.pages, pytest.mark.timeout(1_200)]
_ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
_SECONDS = 400
_LOST = 3  # answers in a row: then the run ends as Failed
_READ = {
    "routing": 'label "backend"',
    "receipt": "Failed before, pass now",
    "diff": "+++ b/shop/pagination.py",
    "spend": "cost, US dollars",
}


@pytest.fixture
def ends(shared: Any, until: Any) -> Callable[[str], dict[str, Any]]:
    """Waits for the end of a run, and gives its state."""

    def wait(run: str) -> dict[str, Any]:
        until(lambda: shared.prefect.run(run)["state"]["type"] in _ENDED, _SECONDS, lambda: shared.prefect.run(run))
        return dict(shared.prefect.run(run)["state"])

    return wait


def test_a_run_is_started_from_the_form_and_read(shared: Any, pages: Any, started: Any, ends: Any) -> None:
    """Two fields are filled in, the run is watched to Completed, and its artifacts say what it did."""
    run = started(1)
    pages.run_page(run)
    pages.see("rehearsal/shop #1")
    pages.shot("run-under-way")
    assert (ends(run)["type"], shared.prefect.run(run)["state"]["name"]) == ("COMPLETED", "opened")
    pages.run_page(run)
    pages.see("opened")
    pages.shot("run-ended")
    pages.run_page(run, "Artifacts")
    for name in ("routing", "receipt", "diff", "pull-request", "spend"):
        pages.scroll_to(f"-{name}")
    pages.shot("artifacts")
    found = shared.prefect.artifacts(run)
    for name, words in _READ.items():
        pages.artifact(found[name])
        pages.see(words)
        pages.shot(f"artifact-{name}")
    pages.artifact(found["pull-request"])
    link = pages.page.get_by_role("link", name="#4").first
    assert link.get_attribute("href") == f"{shared.rehearsal.server_url}/rehearsal/shop/pull/4"


def test_every_field_of_the_form_is_described(shared: Any, serving: Any, pages: Any) -> None:
    """Texts can be typed at once, without a switch; what may be left out says so."""
    pages.form(shared.prefect.get("/deployments/name/issue-to-pr/auto")["id"])
    for name in ("repo", "base", "specialist", "task_id"):
        field = pages.field(name)
        assert field.locator("textarea").input_value() == ""
        assert "(Optional)" in field.inner_text()
    described = pages.page.locator(".schema-form-property__description").all_inner_texts()
    assert (len(described), [one for one in described if len(one.strip()) < 10]) == (8, [])


def test_a_form_without_an_issue_starts_nothing(shared: Any, serving: Any, pages: Any) -> None:
    """The field says what is missing."""
    ours = {"flows": {"name": {"any_": ["issue-to-pr"]}}}
    before = shared.prefect.post("/flow_runs/count", ours)
    pages.form(shared.prefect.get("/deployments/name/issue-to-pr/auto")["id"])
    pages.press("Submit")
    pages.page.wait_for_timeout(3_000)
    assert shared.prefect.post("/flow_runs/count", ours) == before


def test_a_suspended_run_is_approved(shared: Any, pages: Any, started: Any, ends: Any, until: Any) -> None:
    """The difference can be read before the yes; *Resume* is the yes, and the pull request comes after it."""
    forge = shared.rehearsal.forge
    forge.commit("rehearsal/shop", "main", {".claude-cluster.toml": '[approval]\nbefore = ["pull_request"]\n'}, "Rules")
    shared.writes("Write the news")
    run = started(shared.issue("Write the news", "Please add a NEWS.md."))
    until(lambda: shared.prefect.run(run)["state"]["name"] == "Suspended", _SECONDS)
    pages.artifact(shared.prefect.artifacts(run)["diff"])
    pages.see("+++ b/NEWS.md")
    pages.run_page(run)
    pages.press("Resume")
    pages.see("Do you want to resume this flow run?")
    pages.shot("approve")
    pages.press("Submit")
    state = ends(run)
    forge.commit("rehearsal/shop", "main", {".claude-cluster.toml": ""}, "No rules")
    assert (state["type"], state["name"]) == ("COMPLETED", "opened")


def test_a_failed_run_is_retried(shared: Any, pages: Any, started: Any, ends: Any) -> None:
    """*Retry* goes on with the same task: what was paid is not paid again."""
    shared.writes("Write the gazette", "GAZETTE.md")
    shared.rehearsal.model.mishap(Mishap(kind="broken_stream", role="author", turn=1, times=_LOST))
    issue = shared.issue("Write the gazette", "Please add a file.")
    run = started(issue)
    failed = ends(run)
    assert failed["type"] == "FAILED"
    before = shared.paid()
    pages.run_page(run)
    pages.see("Claude's answer broke off")
    pages.shot("failed")
    pages.press("Retry")
    pages.shot("retry")
    pages.press("Retry")
    pages.see("opened")
    assert ends(run)["name"] == "opened"
    # Of four turns the first was answered before; the second is asked again, as its answers were lost.
    assert shared.paid() - before == 3
    tasks = [one for one in shared.cli("status", "--json").object()["tasks"] if one["issue"] == issue]
    assert [one["status"] for one in tasks] == ["completed"]
