"""Money, tokens and time."""

from domain.frozen import Frozen


class Spend(Frozen):
    """What the model cost so far; dollars and tokens. `input_tokens` excludes both cache counts."""

    cost_usd: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(
            cost_usd=round(self.cost_usd + other.cost_usd, 10),
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


class Timing(Frozen):
    """Seconds of wall time; `overhead_s` is the total less model and tests."""

    total_s: float = 0.0
    model_s: float = 0.0
    tests_s: float = 0.0
    overhead_s: float = 0.0

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(
            total_s=self.total_s + other.total_s,
            model_s=self.model_s + other.model_s,
            tests_s=self.tests_s + other.tests_s,
            overhead_s=self.overhead_s + other.overhead_s,
        )
