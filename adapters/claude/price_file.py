"""The file that `CLAUDE_CLUSTER_PRICES` names: prices of models that the price table lacks or has wrong.

It is TOML, in US dollars per million tokens:

    [models."my-model"]
    input = 3.0
    output = 15.0
    cache_read = 0.3     # optional: as `input`
    cache_write = 3.75   # optional: a quarter more than `input`, as Anthropic charges
"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from domain.errors import ConfigurationError
from domain.frozen import Frozen

VARIABLE = "CLAUDE_CLUSTER_PRICES"
_WRITE_FACTOR = Decimal("1.25")
_Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class ModelPrice(Frozen):
    """US dollars per million tokens of one model."""

    input: _Dollars
    output: _Dollars
    cache_read: _Dollars | None = None
    cache_write: _Dollars | None = None

    @property
    def read(self) -> Decimal:
        """The price of a token that comes from the cache."""
        return self.input if self.cache_read is None else self.cache_read

    @property
    def write(self) -> Decimal:
        """The price of a token that goes into the cache."""
        return self.input * _WRITE_FACTOR if self.cache_write is None else self.cache_write


class PriceFile(Frozen):
    """The prices by model id, exactly as the API is asked for it."""

    models: dict[str, ModelPrice] = Field(default_factory=dict)


def load(path: Path | None) -> PriceFile:
    """The prices in a file; without a file, none.

    Raises:
        ConfigurationError: the file can't be read, is no TOML, or names something else than prices.
    """
    if path is None:
        return PriceFile()
    try:
        with path.open("rb") as file:
            return PriceFile.model_validate(tomllib.load(file, parse_float=Decimal))
    except OSError as error:
        raise ConfigurationError(
            f"{VARIABLE}: {path} can't be read: {error.strerror}", "name a readable file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{VARIABLE}: {path} is not TOML: {error}", "see the documentation of prices"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{VARIABLE}: {path}: {place}: {first['msg']}",
            "each model needs input and output, in USD per million tokens",
        ) from error
