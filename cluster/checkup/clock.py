"""This machine's clock against that of GitHub: an App's proof of identity, certificates and leases go by it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from cluster.checkup.finding import Finding

_MOST_S, _SOME_S = 60.0, 10.0  # GitHub takes no proof of an App that is further off than a minute
_SECONDS = 15


async def check_clock(url: str) -> Finding | None:
    """How far it is off; None if nobody tells the time there."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            asked = datetime.now(UTC)
            answer = await client.head(url)
        told = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError, TypeError):
        return None
    off = (asked - told).total_seconds()
    words = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {url}"
    if abs(off) <= _SOME_S:
        return Finding(check="clock", verdict="ok", result="right")
    return Finding.model_validate(
        {
            "check": "clock",
            "verdict": "failed" if abs(off) > _MOST_S else "warning",
            "result": words,
            "remedy": "set it, and let it be kept: timedatectl set-ntp true",
        }
    )
