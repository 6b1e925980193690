"""Who worked on the change, why they, and what it cost."""

from domain.ending import Ending
from domain.routing import Routing
from proof import neutral
from proof.neutral import Links
from proof.receipt_text import folded
from proof.wording import Words

_REASONS = 5


def account(ending: Ending, links: Links, say: Words, total_s: float) -> str:
    """The bill, folded; `total_s` is 0 when it is not known yet."""
    spend, case = ending.spend, ending.case
    lines = [
        *(chosen(ending.routing, links, say) if ending.routing else []),
        say("body.cost", cost=money(spend.cost_usd), calls=spend.calls, model=neutral.code(case.model)),
        say(
            "body.tokens",
            input=f"{spend.input_tokens:,}",
            cached=f"{spend.cache_read_tokens:,}",
            written=f"{spend.cache_write_tokens:,}",
            output=f"{spend.output_tokens:,}",
        ),
        say(
            "body.time" if total_s else "body.short_time",
            total=span(total_s),
            model=span(ending.model_s),
            tests=span(ending.tests_s),
        ),
        say("body.task", task=neutral.code(case.id), attempt=case.attempt),
    ]
    return folded(say("body.account"), "\n".join(f"- {line}" for line in lines))


def chosen(routing: Routing, links: Links, say: Words) -> list[str]:
    """The specialists with the reasons of the first."""
    lines = [say("body.primary", agent=neutral.code(routing.primary), reasons=why(routing, links, say))]
    if routing.secondary:
        names = say("body.separator").join(map(neutral.code, routing.secondary))
        lines.append(say("body.secondary", agents=names))
    return lines


def why(routing: Routing, links: Links, say: Words) -> str:
    """The primary's reasons in parentheses, or nothing."""
    reasons = next((score.reasons for score in routing.scores if score.agent == routing.primary), ())
    shown = say("body.separator").join(neutral.sentence(reason, links, 120) for reason in reasons[:_REASONS])
    return say("body.because", reasons=shown) if shown else ""


def money(usd: float) -> str:
    """US dollars with two decimals, four below a cent."""
    return f"{usd:.2f}" if usd == 0 or usd >= 0.01 else f"{usd:.4f}"  # noqa: PLR2004 - a cent


def span(seconds: float) -> str:
    """Seconds as people read them: `42 s`, `3 min 5 s`, `1 h 2 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
