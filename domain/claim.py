"""The claim on an issue: who may work on it now."""

from domain.frozen import Frozen


class Claim(Frozen):
    """`fence` grows with every holder: whoever has an older one must stop without a trace.

    `holder` is `host:pid:start`, which tells on its own machine whether the holder still lives.
    """

    forge: str
    repository_id: int
    issue: int
    task_id: str
    holder: str
    fence: int
