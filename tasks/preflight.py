"""Go, or a named reason, before anything is paid."""

from domain.case import CaseFile
from domain.frozen import Frozen
from domain.outcome import Refusal
from proof import preflight as checks
from tasks.account import account_admits
from tasks.blocks import outside
from tasks.place import entered, noted
from tasks.policy import step


class Clearance(Frozen):
    """No refusal means go; `found_open` says that a pull request of ours was open before this attempt."""

    refusal: Refusal | None
    found_open: bool


@step("preflight")
async def preflight(file: CaseFile) -> Clearance:
    """Whether our pull request was open before is found out once an attempt: later it may be this attempt's own."""
    desk = await outside()
    await entered(file.case.id, "preflight")
    await account_admits()
    desk.model.output_price_usd(file.case.model)
    if plain := checks.plain_refusal(file):
        return Clearance(refusal=plain, found_open=bool(file.found_open))
    found = await checks.look(file.case, desk.pulls, desk.rights)
    found_open = file.found_open
    if found_open is None:
        found_open = found.open
        await noted(file.case.id, found_open=found_open)
    return Clearance(refusal=checks.refusal(file.case, found), found_open=found_open)
