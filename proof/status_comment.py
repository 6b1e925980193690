"""The one comment below the issue that says where the work stands; it is edited in place."""

from collections.abc import Iterator

from domain.case import Case, CaseFile
from domain.ending import Ending
from domain.outcome import Outcome
from domain.pull_request import PullRequest
from domain.receipt import Receipt
from domain.repository import RepositoryRules
from proof import neutral
from proof.account_text import money, why
from proof.neutral import Links
from proof.phrases import phrase
from proof.receipt_text import listed
from proof.wording import Words, words_for

_STAGES = {
    "understand": ("fetch_issue", "preflight"),
    "choose": ("score_agents",),
    "prepare": ("prepare_workspace", "baseline"),
    "write": ("generate",),
    "test": ("verify",),
    "review": ("review", "guard"),
    "deliver": ("commit", "open_pull_request", "report"),
}
_DELIVERED = {Outcome.OPENED, Outcome.UPDATED}
_LONG = 2_000
_DEFAULTS = RepositoryRules()
# How our comment begins. Only a comment of our own login with this mark is taken for ours.
STATUS_MARK = "<!-- claude-cluster:"


def working(file: CaseFile, rules: RepositoryRules = _DEFAULTS) -> str:
    """The comment while the work goes on or waits: the plan with what is done, who works, what it cost so far."""
    case = file.case
    say, links = words_for(rules, case.issue), Links.of(case)
    parts = [
        _state(file, say),
        _plan(file, links, say),
        say("status.so_far", cost=money(file.spend.cost_usd)),
    ]
    return _joined(case.issue.number, [*parts, *_foot(case.id, file.spend.cost_usd, say)])


def status_comment(ending: Ending, rules: RepositoryRules = _DEFAULTS, *, remedy: str = "") -> str:
    """The comment at the end: what came of it, the reason and evidence, and what the reader can do.

    `remedy` takes the place of the usual advice. Raises ValueError for an ending without an outcome.
    """
    if ending.outcome is None:
        raise ValueError("the work has not ended")
    say, links = words_for(rules, ending.case.issue), Links.of(ending.case)
    tell = _delivered if ending.outcome in _DELIVERED else _refused
    parts = list(tell(ending, ending.outcome, links, say))
    if ending.outcome not in {*_DELIVERED, Outcome.NEEDS_INFORMATION}:
        parts.append(
            say("status.do", remedy=neutral.sentence(remedy, links))
            if remedy
            else _advice(ending.case, ending.outcome, say)
        )
    return _joined(ending.case.issue.number, [*parts, *_foot(ending.case.id, ending.spend.cost_usd, say)])


def asking(file: CaseFile, rules: RepositoryRules = _DEFAULTS) -> str:
    """The comment while a person is asked: what would come next, and the three ways to let it go on."""
    case, say = file.case, words_for(rules, file.case.issue)
    awaited = file.awaits
    if awaited is None:
        raise ValueError("nobody is asked")
    until = f"{awaited.over:%Y-%m-%d %H:%M} UTC"
    command = f"`claude-cluster approve {case.id}`"
    parts = [
        say(f"status.approve_{awaited.before}"),
        _plan(file, Links.of(case), say),
        say("status.approve", command=command, until=until),
    ]
    return _joined(case.issue.number, [*parts, *_foot(case.id, file.spend.cost_usd, say)])


def failed(file: CaseFile, rules: RepositoryRules = _DEFAULTS) -> str:
    """The comment when a run failed: the reason in one line, and how to go on."""
    say, links = words_for(rules, file.case.issue), Links.of(file.case)
    reason = file.failure.reason if file.failure else ""
    parts = [say("status.failed"), *_why(reason, links, say), _advice(file.case, Outcome.FAILED, say)]
    return _joined(file.case.issue.number, [*parts, *_foot(file.case.id, file.spend.cost_usd, say)])


def _state(file: CaseFile, say: Words) -> str:
    if wait := file.waiting:
        return say(f"status.waiting_{wait.cause}", time=wait.minute)
    return say("status.working", agent=neutral.code(file.routing.primary)) if file.routing else say("status.starting")


def _plan(file: CaseFile, links: Links, say: Words) -> str:
    stages = list(_STAGES)
    now = next((place for place, stage in enumerate(stages) if file.step in _STAGES[stage]), 0)
    lines = []
    for place, stage in enumerate(stages):
        text = say(f"status.{stage}")
        if stage == "choose" and file.routing and place < now:
            reasons = why(file.routing, links, say)
            text = say("status.chosen", agent=neutral.code(file.routing.primary), reasons=reasons)
        mark = "x" if place < now else " "
        lines.append(f"- [{mark}] **{text}** {say('status.now')}" if place == now else f"- [{mark}] {text}")
    return "\n".join(lines)


def _delivered(ending: Ending, outcome: Outcome, _: Links, say: Words) -> Iterator[str]:
    pull = ending.pull
    draft = "_draft" if pull and pull.draft else ""
    yield say(f"status.{outcome.value}{draft}", link=_link(pull) if pull else "")
    if ending.draft_reasons and draft:
        yield listed(ending.draft_reasons, say)
    if ending.receipt:
        yield _tests(ending.receipt, say)


def _link(pull: PullRequest) -> str:
    return f"[#{pull.number}](<{pull.url}>)"


def _tests(receipt: Receipt, say: Words) -> str:
    head = receipt.head
    return say(
        "status.green",
        fixed=len(receipt.fixed),
        broken=len(receipt.broken),
        passed=head.passed,
        total=head.passed + head.failed,
    )


def _refused(ending: Ending, outcome: Outcome, links: Links, say: Words) -> Iterator[str]:
    yield say(f"status.{outcome.value}")
    submission = ending.submission
    asks = outcome in {Outcome.NEEDS_INFORMATION, Outcome.NO_CHANGE_NEEDED}
    if submission is None or not asks or submission.kind != outcome.value:
        yield from _why(ending.reason or "", links, say)
        if outcome is Outcome.NEEDS_INFORMATION:
            yield say("status.answer", command=_retry(ending.case))
        if ending.pull:
            yield say("status.salvaged", link=_link(ending.pull))
        return
    missing = outcome is Outcome.NEEDS_INFORMATION
    yield from _headed("status.missing" if missing else "", neutral.markdown(submission.summary, links, _LONG), say)
    evidence = neutral.markdown(submission.evidence, links, _LONG)
    yield from _headed("status.tried" if missing else "status.evidence", evidence, say)
    if missing:
        questions = [neutral.sentence(question, links) for question in submission.questions]
        numbered = "\n".join(f"{number}. {text}" for number, text in enumerate(filter(None, questions), start=1))
        yield from _headed("status.questions", numbered, say)
        yield say("status.answer", command=_retry(ending.case))


def _headed(key: str, text: str, say: Words) -> Iterator[str]:
    if text:
        yield f"{say(key)}\n\n{text}" if key else text


def _why(reason: str, links: Links, say: Words) -> Iterator[str]:
    if reason:
        yield say("status.why", reason=phrase(reason, links, say))


def _resume(case: Case) -> str:
    return f"`claude-cluster resume {case.id}`"


def _retry(case: Case) -> str:
    return f"`claude-cluster retry {case.id}`"


def _advice(case: Case, outcome: Outcome, say: Words) -> str:
    command = _resume(case) if outcome is Outcome.FAILED else _retry(case)
    return say(f"status.do_{outcome.value}", command=command, setting="`CLAUDE_CLUSTER_MAX_COST_USD`")


def _foot(task: str, usd: float, say: Words) -> list[str]:
    foot = say("status.foot", task=neutral.code(task), cost=money(usd))
    return [f"<sub>{foot}</sub>"]


def _joined(issue: int, parts: list[str]) -> str:
    return f"{STATUS_MARK} issue {issue} -->\n" + "\n\n".join(part for part in parts if part) + "\n"
