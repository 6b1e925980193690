"""The issues of a chaos run: pages with numbered lines, each line a step of the model that must count exactly once."""

import subprocess
from dataclasses import dataclass
from typing import Any

from demo.model.script import script_from

SHOP = "rehearsal/shop"


@dataclass(frozen=True)
class Page:
    """A page of `lines` lines; the model writes one a step, hands in twice, and a reviewer reads it."""

    name: str
    lines: int

    @property
    def title(self) -> str:
        """The issue's, which no other has as a part."""
        return f"Write page {self.name}."

    @property
    def path(self) -> str:
        """The file."""
        return f"PAGE-{self.name}.md"

    @property
    def answers(self) -> int:
        """What a run without faults asks for."""
        return self.lines + 3

    @property
    def text(self) -> str:
        """What the page must be in the end."""
        return "".join(f"line {number}\n" for number in range(1, self.lines + 1))

    def open(self, stage: Any) -> int:
        """Teach the model, and open the issue; gives its number."""
        submit = {"tool": "submit", "kind": "change", "title": self.title, "summary": "Written.", "evidence": "Read."}
        lines = [
            {"tool": "bash", "command": f"echo 'line {number}' >> {self.path}"} for number in range(1, self.lines + 1)
        ]
        turns = [{"use": [one]} for one in [*lines, submit, submit]]
        review = {"verdict": "approve", "summary": "Read.", "findings": []}
        script = script_from(self.title, {"match": [self.title], "author": turns, "reviewer": [review]})
        stage.rehearsal.model.scripts.append(script)
        return int(stage.issue(self.title, f"Write {self.path} with {self.lines} lines"))

    def mistakes(self, git: Any, branch: str) -> list[str]:
        """What is wrong with the file on the branch: a line that is missing, or written twice."""
        try:
            text = git.run_bytes("show", f"refs/heads/{branch}:{self.path}").decode()
        except subprocess.CalledProcessError:
            text = None
        return [] if text == self.text else [f"{branch}: {self.path} is {text!r}, not {self.lines} lines"]
