"""The transcript of a round: what a crash must not lose."""

from typing import Literal

from domain.change import Submission
from domain.conversation import Message
from domain.frozen import Frozen
from domain.review import Review
from domain.share import Plan
from domain.spend import Spend


class RoundKey(Frozen):
    """Which round of which attempt of which case; rounds count from 0, and those after it mend.

    `share` is the number of the part that the round works on; 0 is the whole. `handover` is no round: the files of
    a part that is done are beside it.
    """

    task_id: str
    attempt: int
    round: int
    role: Literal["author", "reviewer", "planner", "handover"] = "author"
    share: int = 0


class Transcript(Frozen):
    """Everything said so far, with what it cost. A later round starts with the earlier round's messages.

    `stop` is None while the round goes on, else the name of the stop reason; `tree` is the newest snapshot
    of the agent's files, with all edits up to step `tree_steps`; `seconds` is time running, `model_s` the
    model's share. `submission` without `stop` was handed in once and waits for its second time. `summarised`
    says that the messages begin anew, with the opening and a summary of what was said before. `cut_off` and
    `redone` are about the last message: its last tool call is not whole; its tools were begun again so often.
    `remark` is the number of the newest remark that was told. `returned` are the shares that the author was told
    to do itself; `joined` says that the files of those that others did are in `tree`.
    """

    messages: tuple[Message, ...] = ()
    spend: Spend = Spend()
    steps: int = 0
    seconds: float = 0.0
    model_s: float = 0.0
    tree: str | None = None
    tree_steps: int = 0
    stop: str | None = None
    submission: Submission | None = None
    summarised: bool = False
    cut_off: bool = False
    redone: int = 0
    remark: int = 0
    review: Review | None = None
    plan: Plan | None = None
    returned: tuple[int, ...] = ()
    joined: bool = False
