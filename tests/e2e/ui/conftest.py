"""Prefect's pages in a real browser: the system's Chromium, without a window."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_MS = 90_000
_SHOTS = "DOCS_SCREENSHOTS"  # a folder: then the pictures of docs/prefect-ui.md are taken anew


@dataclass(frozen=True)
class Pages:
    """What people do in the UI of one Prefect server, by what they see."""

    page: "Page"
    url: str

    def run_page(self, run: str, tab: str = "Logs") -> None:
        """A run's page with one of its tabs open."""
        self.page.goto(f"{self.url}/runs/flow-run/{run}")
        self.page.locator(f"#{tab.lower()}").click()

    def artifact(self, one: dict[str, Any]) -> None:
        """An artifact's own page."""
        self.page.goto(f"{self.url}/artifacts/artifact/{one['id']}")

    def form(self, deployment: str) -> None:
        """The form that starts a run of a deployment with parameters."""
        self.page.goto(f"{self.url}/deployments/deployment/{deployment}/run")
        self.field("issue").wait_for()

    def field(self, name: str) -> "Locator":
        """A parameter of the form, with its label, description and input."""
        label = self.page.locator(".schema-form-property__label", has_text=name)
        return self.page.locator(".schema-form-property").filter(has=label).first

    def press(self, name: str) -> None:
        """A button of the page, or of the question that it asks."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def submit(self) -> None:
        """The form; a page that still checks what was typed may not hear the first press, as people find too."""
        form = self.page.url
        deadline = time.monotonic() + _PATIENCE_MS / 1_000
        while self.page.url == form:
            assert time.monotonic() < deadline, self.page.inner_text("body")
            self.press("Submit")
            for _ in range(30):
                if self.page.url == form:
                    self.page.wait_for_timeout(500)

    def see(self, text: str) -> None:
        """Wait until the page shows it."""
        self.page.get_by_text(text).first.wait_for()

    def scroll_to(self, text: str) -> None:
        """Turn the wheel, below the run's graph, until the page shows it: long lists come by and by."""
        self.page.mouse.move(760, 700)
        deadline = time.monotonic() + _PATIENCE_MS / 1_000
        while not self.page.get_by_text(text).first.is_visible():
            assert time.monotonic() < deadline, f"{text} is not on the page: {self.page.inner_text('body')}"
            self.page.mouse.wheel(0, 300)
            self.page.wait_for_timeout(500)

    def shot(self, name: str) -> None:
        """A picture for the documents, if they are taken."""
        if folder := os.environ.get(_SHOTS):
            self.page.wait_for_timeout(1_500)  # what slides in has come to rest
            self.page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Skips where there is no Chromium, or no library that drives it."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def pages(browser: "Browser", prefect: Any) -> Iterator[Pages]:
    """A fresh window on the server of the tests."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.set_default_timeout(_PATIENCE_MS)
    yield Pages(context.new_page(), prefect.url.removesuffix("/api"))
    context.close()


@pytest.fixture(scope="module")
def serving(shared: Any) -> Iterator[Any]:
    """`claude-cluster serve`, ready, for one issue at once."""
    running = shared.start("claude-cluster", "serve", "--max-tasks", 1)
    try:
        running.says("ready: ", 300)
        yield running
    finally:
        running.end()


@pytest.fixture
def started(shared: Any, serving: Any, pages: Pages, until: Any) -> Callable[[int], str]:
    """Starts a run from the form of `issue-to-pr/auto`, and gives its id."""

    def start(issue: int, **fields: str) -> str:
        auto = shared.prefect.get("/deployments/name/issue-to-pr/auto")["id"]
        pages.form(auto)
        pages.field("issue").locator("input").fill(str(issue))
        for name, value in {"repo": "rehearsal/shop", **fields}.items():
            pages.field(name).locator("textarea").fill(value)
        pages.shot("form")
        pages.submit()
        until(lambda: _runs(shared, auto, issue), 120)
        return str(_runs(shared, auto, issue)[0]["id"])

    return start


def _runs(stage: Any, deployment: str, issue: int) -> list[dict[str, Any]]:
    found = stage.prefect.post("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return [run for run in found if run["parameters"].get("issue") == issue]
