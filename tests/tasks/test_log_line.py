"""A record as one line: the task and the run are always there, a secret never is."""

import json
import logging
import sys

import pytest
from pydantic import SecretStr

from domain.secrecy import keep_secret
from tasks.log_line import Form, LogLine, without_secrets

TASK, RUN = "task-20261122-001", "0192-run"


def _record(message: str, *arguments: object, trace: bool = False) -> logging.LogRecord:
    caught = None
    if trace:
        try:
            {}[message]
        except KeyError:
            caught = sys.exc_info()
    return logging.LogRecord("proof.guard", logging.WARNING, "f", 1, message, arguments, caught)


def test_text_is_keys_and_values() -> None:
    """In one order, the message last."""
    line = LogLine("text", TASK, RUN).format(_record("step=%s done", "verify"))
    assert line.partition(" level=")[2] == f"WARNING task={TASK} run={RUN} logger=proof.guard step=verify done"


def test_json_is_one_object() -> None:
    """Whatever is in the message, and with its trace, it is one line."""
    line = LogLine("json", TASK, RUN).format(_record('a "quote"\n日本', trace=True))
    told = json.loads(line)
    assert "\n" not in line
    assert told["time"].endswith("+00:00")
    assert "KeyError" in told.pop("trace")
    assert {name: told[name] for name in ("level", "task", "run", "logger", "message")} == {
        "level": "WARNING", "task": TASK, "run": RUN, "logger": "proof.guard", "message": 'a "quote"\n日本',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "task", "run"),
    [
        (f"run created task={TASK} run={RUN} pool=docs", TASK, RUN),
        (f"goes on task={TASK}", TASK, "-"),
        ("coordinator ready", "-", "-"),
    ],
)
def test_who_serves_many_names_them_in_the_message(message: str, task: str, run: str) -> None:
    """The fields have them from there; without any they are a dash, and never missing."""
    told = json.loads(LogLine("json").format(_record(message)))
    assert (told["task"], told["run"]) == (task, run)
    assert f" task={task} run={run} " in LogLine("text").format(_record(message))


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_in_a_line(form: Form) -> None:
    """Neither in the message, its arguments, nor the trace."""
    keep_secret(SecretStr("ghp_a_canary_in_the_log"))
    record = without_secrets(_record("token ghp_a_canary_in_the_log", trace=True))
    assert "canary" not in LogLine(form).format(record)
    assert "canary" not in LogLine(form).format(without_secrets(_record("token %s", "ghp_a_canary_in_the_log")))
