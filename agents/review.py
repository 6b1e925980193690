"""The review: a specialist who did not write the change reads it in a fresh context and tries to break it."""

import hashlib
from collections.abc import Collection, Sequence

from agents.context import LANGUAGES
from agents.hidden import revealed, visible
from agents.limits import Stopped
from agents.messages import calls_in, text
from agents.purse import Purse
from agents.render import render
from agents.specialist import Specialist
from agents.tools.cut import head, head_and_tail, one_line
from agents.verdict import SCHEMA, read_review
from domain.case import Case
from domain.change import Change
from domain.conversation import Message, Query
from domain.frozen import Frozen
from domain.issue import Language
from domain.ports import Budget, Checkpoints, Model
from domain.receipt import Receipt
from domain.review import Review
from domain.routing import Routing
from domain.spend import Spend
from domain.transcript import RoundKey, Transcript

_TRIES = 2
_MOST_ISSUE = 30_000
_MOST_DIFF = 120_000
_MOST_RULES = 30_000
_MOST_TOKENS = 8_000


class ReviewRound(Frozen):
    """What came of asking for a review; `review` is None when no answer could be read or paid."""

    review: Review | None
    spend: Spend = Spend()
    model_s: float = 0.0


async def review(
    case: Case,
    specialist: Specialist,
    change: Change,
    receipt: Receipt | None,
    rules_text: str,
    model: Model,
    budget: Budget,
    checkpoints: Checkpoints,
    key: RoundKey,
    language: Language | None = None,
) -> ReviewRound:
    """Ask for a verdict; an answer that can't be read is asked for once more. Raises what `Model.ask` raises.

    A verdict on the same tree that was paid for before a crash is not asked for again.

    `language` None means the issue's.
    """
    saved = await checkpoints.load(key)
    if saved and saved.review and saved.tree == change.tree:
        return ReviewRound(review=saved.review, spend=saved.spend, model_s=saved.model_s)
    purse = Purse(model, budget, case)
    question = text(_question(case, change, receipt, rules_text))
    system = render("review_system", specialist=specialist, language=LANGUAGES[language or case.issue.language])
    came = ReviewRound(review=None)
    for attempt in range(_TRIES):
        content = (question, text(render("review_again"))) if attempt else (question,)
        query = Query(
            model=case.model,
            system=system,
            messages=(Message(role="user", content=content),),
            max_tokens=_MOST_TOKENS,
            json_schema=SCHEMA,
        )
        try:
            reply = await purse.ask(query)
        except Stopped:
            return came
        found = None if calls_in(reply.message) else read_review(reply.text, specialist.name)
        came = ReviewRound(review=found, spend=came.spend + reply.spend, model_s=came.model_s + reply.seconds)
        if found is not None:
            kept = Transcript(spend=came.spend, model_s=came.model_s, tree=change.tree, stop="reviewed", review=found)
            await checkpoints.save(key, kept)
            break
    return came


def choose_reviewer(routing: Routing, specialists: Sequence[Specialist], helpers: Collection[str] = ()) -> Specialist:
    """The best-scored one that is no author; one that did a part (`helpers`), or the author, only without another.

    `specialists` is not empty.
    """
    names = {one.name: one for one in specialists}
    ranked = [names[score.agent] for score in routing.scores if score.agent in names]
    others = [one for one in (*ranked, *specialists) if one.name != routing.primary]
    fresh = [one for one in others if one.name not in helpers]
    return next(iter((*fresh, *others)), specialists[0])


def _question(case: Case, change: Change, receipt: Receipt | None, rules_text: str) -> str:
    issue = visible(case.issue.body)
    said = f"{case.issue.digest}\0{change.diff}"
    return render(
        "review",
        fence=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20],
        number=case.issue.number,
        title=one_line(visible(case.issue.title).text, 1_000),
        body=head(issue.text, _MOST_ISSUE),
        notes=issue.notes,
        comments=[head(visible(one.body).text, 4_000) for one in case.issue.comments[-5:]],
        rules=head(visible(rules_text).text, _MOST_RULES),
        files=[f"{one.status} {one_line(one.path, 300)} (+{one.added} -{one.removed})" for one in change.files[:100]],
        diff=head_and_tail(revealed(change.diff.strip()), _MOST_DIFF),
        receipt=receipt,
    )
