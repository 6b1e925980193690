"""What a call costs: the price file first, then the price table of genai-prices. Never the network."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.claude import price_file
from adapters.claude.usage import Usage
from domain.errors import UnknownPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

_PROVIDER = "anthropic"
_MILLION = Decimal(1_000_000)


class PriceBook:
    """Prices by model id. Raises `UnknownPrice` for a model that neither source has."""

    def __init__(self, file: Path | None) -> None:
        self._path = file
        self._file: price_file.PriceFile | None = None

    def cost_usd(self, model: str, usage: Usage) -> float:
        """What the tokens of one call cost in US dollars; a price tier is chosen by all input tokens."""
        own = self._own(model)
        if own:
            total = (
                own.input * usage.fresh
                + own.read * usage.cache_read
                + own.write * usage.cache_write
                + own.output * usage.output
            )
            return float(total / _MILLION)
        return _table_cost(_listed(model), usage)

    def dearest_input_usd(self, model: str) -> float:
        """US dollars per input token at worst: the whole prompt written to the cache, highest tier.

        The one-hour write is dearer still but never asked for.
        """
        own = self._own(model)
        if own:
            return float(max(own.input, own.read, own.write) / _MILLION)
        price = _listed(model).get_prices(datetime.now(UTC))
        worst = [_worst(known) for known in (price.input_mtok, price.cache_read_mtok, price.cache_write_mtok) if known]
        return float(max(worst) / _MILLION)

    def output_usd(self, model: str) -> float:
        """US dollars per output token, at the highest tier."""
        own = self._own(model)
        if own:
            return float(own.output / _MILLION)
        return float(_worst(_listed(model).get_prices(datetime.now(UTC)).output_mtok) / _MILLION)

    def _own(self, model: str) -> price_file.ModelPrice | None:
        if self._file is None:
            self._file = price_file.load(self._path)
        return self._file.models.get(model)


@cache
def _listed(model: str) -> "ModelInfo":
    """The model in the bundled table, looked up once; one without both prices counts as unknown."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - a quarter of a second, only when money counts

    try:
        _, found = get_snapshot().find_provider_model(model, None, _PROVIDER, None)
    except LookupError as error:
        raise _unknown(model) from error
    price = found.get_prices(datetime.now(UTC))
    if price.input_mtok is None or price.output_mtok is None:
        raise _unknown(model)
    return found


def _unknown(model: str) -> UnknownPrice:
    return UnknownPrice(
        f"no price is known for the model {model}, so no cost cap could hold",
        f"name its price in a file and set {price_file.VARIABLE} to it, or choose another CLAUDE_CLUSTER_MODEL",
    )


def _table_cost(model: "ModelInfo", usage: Usage) -> float:
    from genai_prices import Usage as Tokens  # noqa: PLC0415 - as above

    tokens = Tokens(
        input_tokens=usage.input,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        cache_write_1h_tokens=usage.cache_write_1h,
        output_tokens=usage.output,
    )
    return float(model.get_prices(datetime.now(UTC)).calc_price(tokens)["total_price"])


def _worst(price: "Decimal | TieredPrices | None") -> Decimal:
    if price is None:
        return Decimal(0)
    if isinstance(price, Decimal):
        return price
    return max([price.base, *(tier.price for tier in price.tiers)])
