"""Exact costs, honest upper bounds, and no price by guess."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.claude.client import ClaudeModel
from adapters.claude.prices import PriceBook
from adapters.claude.request import most_input_tokens
from adapters.claude.usage import Usage, WireUsage
from domain.conversation import Message, Query
from domain.errors import ConfigurationError, UnknownPrice

Build = Callable[..., Query]

OWN = """
[models."house-model"]
input = 3.0
output = 15
cache_read = 0.3
cache_write = 3.75

[models.short]
input = 2
output = 8

[models."claude-opus-5-5"]
input = 1
output = 2
"""


@dataclass(frozen=True)
class Case:
    """Tokens of one call on a listed model, and the dollars that its price list asks for them."""

    model: str
    usage: Usage
    usd: float


@pytest.mark.parametrize(
    "case",
    [
        Case("claude-opus-5-5", Usage(fresh=1_000_000), 4.0),
        Case("claude-opus-5-5", Usage(output=1_000_000), 20.0),
        Case("claude-opus-5-5", Usage(cache_read=1_000_000), 0.2),
        Case("claude-opus-5-5", Usage(cache_write_5m=1_000_000), 5.0),
        Case("claude-opus-5-5", Usage(cache_write_1h=1_000_000), 8.0),
        Case("claude-sonnet-5-5", Usage(fresh=10, cache_read=20, cache_write_5m=30, output=40), 0.000497),
        Case("claude-haiku-5-5", Usage(fresh=100_000, output=1_000), 0.0105),
        Case("claude-haiku-5-5", Usage(fresh=100_000, cache_read=1, output=1_000), 0.05250005),
        Case("claude-opus-5-5", Usage(), 0.0),
    ],
)
def test_a_listed_model_costs_what_its_list_says(case: Case) -> None:
    """Cache reads and both cache writes have prices of their own; a tier counts all input."""
    assert PriceBook(None).cost_usd(case.model, case.usage) == case.usd


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({"input_tokens": 1, "output_tokens": 2}, Usage(fresh=1, output=2)),
        (
            {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": None, "cache_creation": None},
            Usage(fresh=1, output=2),
        ),
        (
            {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 7},
            Usage(fresh=1, output=2, cache_write_5m=7),
        ),
        (
            {
                "input_tokens": 1,
                "output_tokens": 2,
                "cache_creation_input_tokens": 7,
                "cache_creation": {"ephemeral_1h_input_tokens": 9, "ephemeral_5m_input_tokens": 0},
            },
            Usage(fresh=1, output=2, cache_write_1h=7),
        ),
        (
            {
                "input_tokens": 1,
                "output_tokens": 2,
                "cache_creation": {"ephemeral_1h_input_tokens": 3, "ephemeral_5m_input_tokens": 4},
            },
            Usage(fresh=1, output=2, cache_write_5m=4, cache_write_1h=3),
        ),
    ],
)
def test_counts_are_read_from_every_kind_of_server(raw: dict[str, object], usage: Usage) -> None:
    """Missing and null counts are none; the total of cache writes wins over their split."""
    assert WireUsage.model_validate(raw).counts == usage


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A price file with three models."""
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    return path


def test_the_price_file_wins(own: Path) -> None:
    """Models that the file names cost what it says, listed or not; the others stay as listed."""
    book = PriceBook(own)
    million = Usage(fresh=1_000_000, cache_read=1_000_000, cache_write_5m=1_000_000, output=1_000_000)
    assert book.cost_usd("house-model", million) == 22.05
    assert book.cost_usd("short", million) == 2 + 2 + 2.5 + 8
    assert book.cost_usd("claude-opus-5-5", Usage(fresh=1_000_000)) == 1.0
    assert book.cost_usd("claude-sonnet-5-5", Usage(fresh=1_000_000)) == 2.0
    assert (book.dearest_input_usd("house-model"), book.output_usd("house-model")) == (3.75e-6, 15e-6)


@pytest.mark.parametrize("call", ["cost_usd", "dearest_input_usd", "output_usd"])
def test_an_unknown_model_has_no_price(call: str, own: Path) -> None:
    """It is refused by name, with the variable that helps; never free."""
    arguments = (Usage(),) if call == "cost_usd" else ()
    with pytest.raises(UnknownPrice, match=r"llama-of-tomorrow.*CLAUDE_CLUSTER_PRICES"):
        getattr(PriceBook(own), call)("llama-of-tomorrow", *arguments)


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "[models.a]\ninput = 1",
        "[models.a]\ninput = -1\noutput = 1",
        "[models.a]\ninput = nan\noutput = 1",
        "[models.a]\ninput = 1\noutput = 1\ncache = 2",
        "[prices.a]\ninput = 1\noutput = 1",
    ],
)
def test_a_wrong_price_file_is_refused(text: str, tmp_path: Path) -> None:
    """A slip in the file is an error that names file and variable, not a price of zero."""
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=rf"CLAUDE_CLUSTER_PRICES: {path}"):
        PriceBook(path).output_usd("claude-opus-5-5")


def test_a_missing_price_file_is_refused(tmp_path: Path) -> None:
    """The variable names a file that must be there."""
    with pytest.raises(ConfigurationError, match="No such file"):
        PriceBook(tmp_path / "none.toml").output_usd("claude-opus-5-5")


def test_the_worst_case_is_all_written_and_all_output(model: ClaudeModel, query: Build) -> None:
    """Input estimate at the cache-write price, plus max_tokens at the output price."""
    asked = query(max_tokens=1_000)
    assert model.worst_case_usd(asked) == pytest.approx(most_input_tokens(asked) * 5e-6 + 1_000 * 20e-6)
    assert model.output_price_usd("claude-opus-5-5") == 20e-6


def test_the_worst_case_takes_the_worst_tier(model: ClaudeModel, query: Build) -> None:
    """Haiku 5.5 costs five times as much above 100,000 tokens; the bound assumes it."""
    asked = query(model="claude-haiku-5-5", max_tokens=1_000)
    assert model.worst_case_usd(asked) == pytest.approx(most_input_tokens(asked) * 0.625e-6 + 1_000 * 2.5e-6)
    assert model.output_price_usd("claude-haiku-5-5") == 2.5e-6


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 200, 2_000),  # prose: about 10 tokens a sentence
        ("日本語の課題を直してください。" * 200, 15 * 200),
        ("deadbeef" * 1_000, 3_000),
        ("", 0),
    ],
)
def test_the_estimate_is_above_what_texts_count(text: str, tokens: int, query: Build) -> None:
    """English, Japanese and dense data are estimated above their usual count, and below four times as much."""
    asked = query(messages=(Message(role="user", content=({"type": "text", "text": text},)),))
    assert tokens < most_input_tokens(asked) < 4 * tokens + 2_000
