"""The loop against a service that answers anything, over HTTP, and that holds what it is sent to the API's rules."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.claude.client import ClaudeModel
from adapters.claude.retry import Patience
from agents.purse import Purse
from demo.model.error import ApiError
from demo.model.request import blocks_of, parse
from demo.wire.server import Server
from domain.case import Limits
from domain.errors import (
    AnswerLost,
    ClusterError,
    ModelAccountError,
    ModelRejected,
    RateLimited,
    Transient,
    UnknownPrice,
)
from domain.settings import Settings

USAGE = {"input_tokens": 1_000, "output_tokens": 100}
PRICE = (1_000 * 4 + 100 * 20) / 1_000_000
FULL_LATER = 12  # calls, before the context is full


class Service:
    """Plays answers in order; a dictionary is a message, an integer a status, None breaks off."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self._server = Server()
        self.url = self._server.url

    def start(self) -> None:
        """Serve from now on."""
        self._server.start(Starlette(routes=[Route("/v1/messages", self._answer, methods=["POST"])]))

    def stop(self) -> None:
        """Serve no longer."""
        self._server.stop()

    async def _answer(self, http: Request) -> Response:
        body = await http.body()
        self.asked.append(json.loads(body))
        try:
            _check(parse(body).messages)
        except ApiError as error:
            return JSONResponse(error.body("req_1"), error.status)
        return self._play(self.answers.pop(0) if self.answers else 418)

    def _play(self, answer: Any) -> Response:
        if answer is None:
            return Response(b"{", headers={"content-length": "500"}, media_type="application/json")
        if isinstance(answer, dict):
            return JSONResponse(answer)
        status, words, headers = answer if isinstance(answer, tuple) else (answer, "no", {})
        body = {"type": "error", "error": {"type": "api_error", "message": words}}
        return JSONResponse(body, status, headers)


def _check(messages: list[dict[str, Any]]) -> None:
    """What the API refuses besides what the rehearsal does."""
    blocks = [block for message in messages for block in blocks_of(message)]
    if any(block["type"] == "text" and not block["text"].strip() for block in blocks):
        raise ApiError("invalid_request_error", "text content blocks must contain non-whitespace text")
    ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
    if len(ids) != len(set(ids)):
        raise ApiError("invalid_request_error", "`tool_use` ids must be unique")


@pytest.fixture
def service() -> Iterator[Service]:
    """The service on loopback."""
    made = Service()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def wired(bench: Any, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The bench with the real adapter for the service."""
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."a-model"]\ninput = 4\noutput = 20\n')
    monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    monkeypatch.setenv("CLAUDE_CLUSTER_PRICES", str(prices))
    monkeypatch.setattr("agents.loop.Purse", partial(Purse, waits_s=(0.0, 0.01)))
    bench.model = ClaudeModel(Settings(), Patience(first_wait_s=0.01))
    return bench


def message(*content: Any, stop: str | None = "tool_use", **more: Any) -> dict[str, Any]:
    """A message as the API gives it."""
    shape = {"id": "msg_1", "type": "message", "role": "assistant", "model": "a-model", "content": list(content)}
    return shape | {"stop_reason": stop, "stop_sequence": None, "usage": USAGE} | more


def use(name: str, given: Any, number: int) -> dict[str, Any]:
    """A tool call."""
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}


def text(words: str) -> dict[str, Any]:
    """Words."""
    return {"type": "text", "text": words}


EDIT = use(
    "str_replace_based_edit_tool",
    {"command": "str_replace", "path": "/workspace/cart.py", "old_str": "0", "new_str": "sum(prices)"},
    1,
)


def hand_in(number: int) -> dict[str, Any]:
    """A submit."""
    return use("submit", {"title": "Add up the prices", "summary": "It gave 0."}, number)


FIX = (message(EDIT), message(hand_in(2)), message(hand_in(3)))
CALL = use("bash", {"command": "echo 1"}, 5)
THOUGHT = {"type": "thinking", "thinking": "Look.", "signature": "c2ln"}
STRANGE = {"type": "block_of_the_future", "deep": [{"a": None}]}
SERVER_TOOL = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
ODD = {
    "tool_use with end_turn": [message(use("bash", {"command": "echo hi"}, 9), stop="end_turn")],
    "tool_use without a call": [message(text("Now I call it."), stop="tool_use")],
    "pause_turn": [message(text("One moment."), stop="pause_turn")],
    "pause_turn with a call": [message(THOUGHT, use("bash", {"command": "echo hi"}, 9), stop="pause_turn")],
    "stop_sequence": [message(text("Hm"), stop="stop_sequence")],
    "max_tokens in words": [message(text("I wo"), stop="max_tokens")],
    "max_tokens in a thought": [message(THOUGHT, stop="max_tokens")],
    "max_tokens in a call": [message(use("bash", {"command": "rm -rf /workspa"}, 9), stop="max_tokens")],
    "an empty answer": [message(stop="end_turn")],
    "only blank words": [message(text(" \n"), stop="end_turn")],
    "only a thought": [message(THOUGHT, stop="end_turn")],
    "blank words beside a call": [message(text(""), use("bash", {"command": "echo hi"}, 9))],
    "an unknown tool": [message(use("browser", {"url": "x"}, 9))],
    "malformed input": [message(use("bash", {"comand": ["ls", 1]}, 9), use("bash", "ls", 8))],
    "a submit without words": [message(use("submit", None, 9))],
    "a server's tool": [message(SERVER_TOOL, use("bash", {"command": "echo hi"}, 9))],
    "an unknown block": [message(STRANGE, THOUGHT, use("bash", {"command": "echo hi"}, 9))],
    "500": [500],
    "529": [529],
    "a short 429": [(429, "slow down", {"retry-after": "0"})],
    "an answer that breaks off": [None],
    "a gateway in the way": [504],
    "a full context": [message(stop="model_context_window_exceeded"), message(text("Notes: go on."), stop="end_turn")],
}


@pytest.mark.parametrize("name", ODD)
async def test_the_round_goes_on(wired: Any, service: Service, name: str) -> None:
    """Whatever came first, the work is handed in afterwards; the API never has to refuse what it is sent."""
    first = message(use("bash", {"command": "echo first"}, 99))
    service.answers = [first, *ODD[name], *FIX]
    transcript = await wired.work()
    assert (transcript.stop, service.answers) == ("submitted", [])
    assert "sum(prices)" in (wired.root / "cart.py").read_text()
    served = 1 + len(FIX) + sum(not isinstance(one, int | tuple) or one == 504 for one in ODD[name])
    assert transcript.spend.calls == served
    assert transcript.spend.cost_usd == pytest.approx(sum(wired.budget.booked))


async def test_what_the_assistant_said_goes_back_as_it_came(wired: Any, service: Service) -> None:
    """Signatures, unknown blocks and their order; only a blank text, which the API would refuse, stays behind."""
    said = [THOUGHT, text(""), STRANGE, SERVER_TOOL, EDIT]
    service.answers = [message(*said), *FIX[1:]]
    await wired.work()
    assert service.asked[1]["messages"][1] == {"role": "assistant", "content": [THOUGHT, STRANGE, SERVER_TOOL, EDIT]}


async def test_a_submit_among_other_calls_is_not_the_end(wired: Any, service: Service) -> None:
    """What stands behind it is not run, and each call has its answer, in order."""
    hasty = message(EDIT, hand_in(4), use("bash", {"command": "rm cart.py"}, 5), hand_in(6))
    service.answers = [hasty, message(hand_in(7))]
    transcript = await wired.work()
    results = service.asked[1]["messages"][2]["content"]
    assert [one["tool_use_id"] for one in results] == ["toolu_1", "toolu_4", "toolu_5", "toolu_6"]
    assert (transcript.stop, (wired.root / "cart.py").exists()) == ("submitted", True)


@pytest.mark.parametrize(
    ("answer", "stop"),
    [
        (message(text("I can't help with that."), stop="refusal"), "refused"),
        (message(use("bash", {"command": "rm cart.py"}, 9), stop="refusal"), "refused"),
        (message(stop="model_context_window_exceeded"), "context_full"),
        ((400, "prompt is too long: 250000 tokens > 200000 maximum", {}), "context_full"),
    ],
)
async def test_the_round_ends_at_once(wired: Any, service: Service, answer: Any, stop: str) -> None:
    """A refusal, or an opening that no context holds; no tool of such an answer is run."""
    service.answers = [answer]
    transcript = await wired.work()
    assert (transcript.stop, len(service.asked), (wired.root / "cart.py").exists()) == (stop, 1, True)


@pytest.mark.parametrize("name", ["an unknown tool", "malformed input", "an empty answer", "only a thought"])
async def test_three_in_a_row_that_nobody_can_use_end_the_round(wired: Any, service: Service, name: str) -> None:
    """Each is paid once."""
    for turn in range(3):
        answer = json.loads(json.dumps(ODD[name][0]).replace("toolu_", f"toolu_{turn}"))
        service.answers.append(answer)
    transcript = await wired.work()
    assert (transcript.stop, transcript.steps, wired.budget.booked) == ("malformed", 3, [pytest.approx(PRICE)] * 3)


@pytest.mark.parametrize("stop", ["tool_use", "pause_turn"])
async def test_a_model_that_never_stops_ends_at_the_step_limit(wired: Any, service: Service, stop: str) -> None:
    """With calls or without, after as many calls as are allowed."""
    wired.limits = Limits(max_steps=6)
    content = [(use("bash", {"command": f"echo {n}"}, n),) if stop == "tool_use" else (text(f"{n}"),) for n in range(9)]
    service.answers = [message(*blocks, stop=stop) for blocks in content]
    transcript = await wired.work()
    assert (transcript.stop, transcript.steps, len(service.asked)) == ("step_limit", 6, 6)


async def test_a_full_context_is_cleared_first_and_summed_up_then(wired: Any, service: Service) -> None:
    """Old results are emptied for nothing; when that was not enough, paid notes take the place of what was said."""
    looks = [message(use("bash", {"command": f"echo {number}"}, 100 + number)) for number in range(FULL_LATER)]
    too_long = (400, "prompt is too long: 250000 tokens > 200000 maximum", {})
    notes = message(text("Left: fix cart.py."), stop="end_turn")
    service.answers = [*looks, too_long, too_long, notes, *FIX]
    transcript = await wired.work()
    _, full, cleared, summing, after = service.asked[FULL_LATER - 1 : FULL_LATER + 4]
    assert [json.dumps(asked).count("[cleared]") for asked in (full, cleared)] == [0, FULL_LATER - 8]
    assert (summing.get("tools"), "Left: fix cart.py." in json.dumps(after["messages"])) == (None, True)
    assert (len(after["messages"]), transcript.stop, transcript.summarised) == (1, "submitted", True)


@pytest.mark.parametrize(
    ("answers", "kind", "words", "paid"),
    [
        ([401], ModelAccountError, "Claude authentication failed", 0),
        ([402], ModelAccountError, "Claude asks for payment", 0),
        ([403], ModelAccountError, "Claude denies permission", 0),
        ([(429, "slow down", {"retry-after": "3600"})], RateLimited, "Rate limit exceeded: slow down", 0),
        ([500] * 3, Transient, "failed with status 500", 0),
        ([529] * 3, Transient, "is overloaded", 0),
        ([None] * 3, AnswerLost, "broke off", 3),
        ([message(text("x"), stop="tired")], ModelRejected, "stopped for a reason that this version does not know", 1),
        ([message(text("x"), stop=None)], ModelRejected, "stopped for a reason that this version does not know", 1),
        ([message(text("x"), usage=None)], ModelRejected, "usage missing or out of shape", 1),
        ([message(text("x"), usage={"output_tokens": 5})], ModelRejected, "usage.input_tokens missing", 1),
        ([message(text("x"), usage=USAGE | {"input_tokens": -5})], ModelRejected, "usage.input_tokens", 1),
        ([message() | {"content": "words"}], ModelRejected, "content missing or out of shape", 1),
        ([message(CALL, CALL)], ModelRejected, "content missing or out of shape", 1),
        ([message(CALL | {"id": ""})], ModelRejected, "content missing or out of shape", 1),
        ([message(CALL | {"name": None})], ModelRejected, "content missing or out of shape", 1),
        ([message({"no": "type"})], ModelRejected, "content missing or out of shape", 1),
    ],
)
async def test_the_round_is_left_as_it_stands(
    wired: Any, service: Service, answers: list[Any], kind: type[ClusterError], words: str, paid: int
) -> None:
    """One line says why; what may have been served is booked; the same round goes on later, and asks for the rest."""
    service.answers = [FIX[0], *answers]
    with pytest.raises(kind, match=words) as caught:
        await wired.work()
    assert type(caught.value) is kind
    assert (service.answers, len(service.asked)) == ([], 1 + len(answers))
    assert sum(one > PRICE * 2 for one in wired.budget.booked) == paid
    service.answers = list(FIX[1:])
    transcript = await wired.work()
    assert (transcript.stop, transcript.steps) == ("submitted", 3)


async def test_tokens_that_are_not_counted_cost_nothing(wired: Any, service: Service) -> None:
    """A compatible server that is free says so."""
    service.answers = [one | {"usage": {"input_tokens": 0, "output_tokens": 0}} for one in FIX]
    transcript = await wired.work()
    assert (transcript.spend.cost_usd, transcript.spend.calls, wired.budget.booked) == (0.0, 3, [0.0] * 3)


async def test_a_model_without_a_price_is_never_asked(
    wired: Any, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No cap could hold."""
    (tmp_path / "none.toml").write_text("")
    monkeypatch.setenv("CLAUDE_CLUSTER_PRICES", str(tmp_path / "none.toml"))
    wired.model = ClaudeModel(Settings())
    with pytest.raises(UnknownPrice, match="a-model"):
        await wired.work()
    assert (service.asked, wired.budget.booked) == ([], [])
