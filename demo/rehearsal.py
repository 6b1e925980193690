"""The rehearsal: the forge and the model on loopback, with the sample issues open.

`python -m demo.rehearsal --folder DIR` keeps it running and prints the variables that point at it.
"""

import argparse
import shlex
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.forge import Forge
from demo.model import Model, load_script
from demo.samples import SampleIssue, sample_issues, sample_scripts, shop_bundle

_TOKEN = "rehearsal-token"
_MODEL_KEY = "rehearsal-model-key"
_BOT = "rehearsal-bot"
_MAINTAINER = "rehearsal-maintainer"


class Rehearsal:
    """Runs inside `with`; port 0 takes a free one. Everything that it writes is below `folder`."""

    token = _TOKEN
    model_key = _MODEL_KEY
    login = _BOT
    maintainer = _MAINTAINER

    def __init__(self, folder: Path, forge_port: int = 0, model_port: int = 0) -> None:
        self.folder = folder
        self.issues: tuple[SampleIssue, ...] = sample_issues()
        self.repo = self.issues[0].repo
        self.forge = Forge(folder / "forge", forge_port)
        self.model = Model(_MODEL_KEY, model_port)

    @property
    def server_url(self) -> str:
        """Where people and git find the forge."""
        return self.forge.url

    @property
    def api_url(self) -> str:
        """The base of the forge's REST API."""
        return self.forge.api_url

    @property
    def model_url(self) -> str:
        """The base of the Messages API."""
        return self.model.url

    def environment(self) -> dict[str, str]:
        """The variables that point a program at the rehearsal instead of GitHub and Claude."""
        return {
            "GITHUB_TOKEN": self.token,
            "GITHUB_API_URL": self.api_url,
            "GITHUB_SERVER_URL": self.server_url,
            "ANTHROPIC_API_KEY": self.model_key,
            "ANTHROPIC_BASE_URL": self.model_url,
            "GIT_USER_NAME": "Rehearsal",
            "GIT_USER_EMAIL": "rehearsal@example.invalid",
        }

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._set_the_scene()
        self.forge.start()
        self.model.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ends = [threading.Thread(target=server.stop) for server in (self.model, self.forge)]
        for end in ends:
            end.start()
        for end in ends:
            end.join()

    def _set_the_scene(self) -> None:
        self.forge.create_repository(self.repo, shop_bundle(), description="A small stationery shop, for rehearsals")
        self.forge.add_token(self.token, _BOT)
        self.forge.set_permission(self.repo, _BOT, "write")
        self.forge.set_permission(self.repo, _MAINTAINER, "maintain")
        for issue in self.issues:
            labels = dict.fromkeys(issue.labels, _MAINTAINER)
            self.forge.create_issue(issue.repo, issue.title, issue.body, author=issue.author, labels=labels)
        self.model.scripts += [load_script(path) for path in sample_scripts()]


def main(arguments: list[str] | None = None) -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m demo.rehearsal", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where everything is written")
    parser.add_argument("--port", type=int, default=0, help="the forge's port (default: a free one)")
    parser.add_argument("--model-port", type=int, default=0, help="the model's port (default: a free one)")
    parser.add_argument("--webhook-url", help="where the forge tells what happens, as http://127.0.0.1:8000/webhook")
    parser.add_argument("--webhook-secret", default="rehearsal-secret", help="what it signs that with")
    given = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with Rehearsal(given.folder, given.port, given.model_port) as rehearsal:
        variables = rehearsal.environment()
        if given.webhook_url:
            rehearsal.forge.add_webhook(rehearsal.repo, given.webhook_url, given.webhook_secret)
            variables["GITHUB_WEBHOOK_SECRET"] = given.webhook_secret
        for name, value in variables.items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.write(f"# pages: {rehearsal.server_url}/{rehearsal.repo}   (Ctrl-C ends the rehearsal)\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
