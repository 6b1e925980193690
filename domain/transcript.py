"""The transcript of a round: what a crash must not lose."""

from domain.change import Submission
from domain.conversation import Message
from domain.frozen import Frozen
from domain.spend import Spend


class RoundKey(Frozen):
    """Which round of which attempt of which case; rounds count from 0 (1 and 2 are fix rounds)."""

    task_id: str
    attempt: int
    round: int


class Transcript(Frozen):
    """Everything said so far, with what it cost. A later round starts with the earlier round's messages.

    `stop` is None while the round goes on, else the name of the stop reason; `tree` is the snapshot
    of the agent's files after the last step; `seconds` is time running, `model_s` the model's share.
    """

    messages: tuple[Message, ...] = ()
    spend: Spend = Spend()
    steps: int = 0
    seconds: float = 0.0
    model_s: float = 0.0
    tree: str | None = None
    stop: str | None = None
    submission: Submission | None = None
