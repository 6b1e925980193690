"""The token counts of one answer, as the Messages API bills them."""

from pydantic import BaseModel, ConfigDict, Field

from domain.frozen import Frozen
from domain.spend import Spend


class Usage(Frozen):
    """Tokens of one call; `fresh` is input that neither came from the cache nor went into it."""

    fresh: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0

    @property
    def cache_write(self) -> int:
        """Tokens written to the cache, whatever their lifetime."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def input(self) -> int:
        """All input tokens: the price tiers count these."""
        return self.fresh + self.cache_read + self.cache_write

    def spend(self, cost_usd: float) -> Spend:
        """One call with these counts at this price."""
        return Spend(
            cost_usd=cost_usd,
            calls=1,
            input_tokens=self.fresh,
            cache_read_tokens=self.cache_read,
            cache_write_tokens=self.cache_write,
            output_tokens=self.output,
        )


class _Split(BaseModel):
    ephemeral_1h_input_tokens: int = Field(default=0, ge=0)
    ephemeral_5m_input_tokens: int = Field(default=0, ge=0)


class WireUsage(BaseModel):
    """`usage` as it is on the wire; compatible servers leave the cache counts out or null."""

    model_config = ConfigDict(extra="ignore")

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cache_read_input_tokens: int | None = Field(default=None, ge=0)
    cache_creation_input_tokens: int | None = Field(default=None, ge=0)
    cache_creation: _Split | None = None

    @property
    def counts(self) -> Usage:
        """The counts; where total and split of the cache writes disagree, the total is what is billed."""
        split = self.cache_creation or _Split()
        total = self.cache_creation_input_tokens
        if total is None:
            total = split.ephemeral_5m_input_tokens + split.ephemeral_1h_input_tokens
        hour = min(split.ephemeral_1h_input_tokens, total)
        return Usage(
            fresh=self.input_tokens,
            cache_read=self.cache_read_input_tokens or 0,
            cache_write_5m=total - hour,
            cache_write_1h=hour,
            output=self.output_tokens,
        )
