"""The base's own tests on the base, beside the first round."""

from domain.report import TestReport
from proof.bench import Prepared
from tasks.blocks import outside
from tasks.policy import step


@step("baseline")
async def baseline(prepared: Prepared) -> TestReport | None:
    """None if the base has no tests."""
    return await (await outside()).bench.base_report(prepared)
