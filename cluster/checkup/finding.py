"""What one check found."""

from typing import Literal, Self

from domain.errors import ClusterError
from domain.frozen import Frozen


class Finding(Frozen):
    """A warning lets work start; what failed stops it. `remedy` says what to do, and is empty when all is well."""

    check: str
    verdict: Literal["ok", "warning", "failed"]
    result: str
    remedy: str = ""

    @classmethod
    def failure(cls, check: str, error: ClusterError, remedy: str = "") -> Self:
        """An error as a finding; its two parts are one line each and hold no secret. `remedy` is for one without."""
        return cls(check=check, verdict="failed", result=error.reason, remedy=error.remedy or remedy)
