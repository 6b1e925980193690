"""The issue was deleted while it was worked on."""

from domain.ending import Ending
from proof.standing import gone
from tasks.blocks import outside


async def withdrawn(ending: Ending) -> Ending:
    """Nothing is published; what was paid until then is in the case file."""
    file = await (await outside()).cases.read(ending.case.id)
    return ending.knowing(spend=file.spend).refused(gone(ending.case, ending.rules))
