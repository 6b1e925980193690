"""Everything that can go wrong, sorted by who acts on it.

    ClusterError
    |-- ConfigurationError      the user: settings, missing programs            exit 2
    |   |-- UsageError          the user: what was asked for makes no sense     exit 2
    |   |-- SandboxUnavailable  the user: no sandbox on this machine            exit 2
    |   `-- UnknownPrice        the user: the model has no known price          exit 2
    |-- ForgeError              GitHub said no
    |   |-- AuthenticationFailed  the user: token wrong or expired              exit 1
    |   |-- PermissionDenied      the user: token lacks a right                 exit 1
    |   |-- NotFound              the user: no such repository, issue, branch   exit 1
    |   |   `-- IssueGone           the flow: it was deleted while it was worked on
    |   |-- Rejected              the developer: 422, with the forge's words    exit 1
    |   `-- PushRejected          the flow: the branch moved, or a rule refuses
    |-- ModelError              Claude said no
    |   |-- ModelAccountError     the user: key, payment, spend limit           exit 1
    |   `-- ModelRejected         the developer: a request it refuses           exit 1
    |-- Transient               a retry: network, 5xx, overload
    |   |-- AnswerLost            a retry; the lost answer may have been paid
    |   `-- RateLimited           a retry, not before `retry_after` seconds
    |       `-- AccountPaused       the same: the model's account was refused to another run
    |-- DiskFull                the user: no room for the state folder          exit 1
    |-- GitFailed               the developer: a git call failed unexpectedly
    |-- EnvironmentFailed       the user: a repository's dependencies did not install
    |-- BadWork                 the model: what it left can't be taken (told to it)
    `-- CaseError               the ledger
        |-- UnknownTask           the user: no such task                        exit 2
        |-- ClaimLost             the flow: another run owns the issue now
        `-- ShareLost             the flow: the part was taken back, or its case has ended

Messages are one line: what failed, why, what to do. They hold no secret.
"""

import errno

from domain.secrecy import hidden


class ClusterError(Exception):
    """The root. `reason` is one line for people; `remedy` says what to do, and may be empty.

    `may_be_paid` says that a call to the model failed after it may have been served.
    """

    exit_code = 1
    may_be_paid = False

    def __init__(self, reason: str, remedy: str = "") -> None:
        reason, remedy = (hidden(" ".join(text.split())) for text in (reason, remedy))
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} - {self.remedy}" if self.remedy else self.reason


class ConfigurationError(ClusterError):
    """A setting or a program is missing or wrong."""

    exit_code = 2


class UsageError(ConfigurationError):
    """The command was asked for something that makes no sense."""


class SandboxUnavailable(ConfigurationError):
    """No sandbox works here, and none was not asked for."""


class UnknownPrice(ConfigurationError):
    """The price table does not know the model: no cost cap could hold."""


class ForgeError(ClusterError):
    """The forge refused."""


class AuthenticationFailed(ForgeError):
    """401: the token is wrong, expired or missing."""


class PermissionDenied(ForgeError):
    """403 without a rate limit: the token lacks a right."""


class NotFound(ForgeError):
    """404 or 410: it does not exist, or the token may not see it."""


class IssueGone(NotFound):
    """The issue was deleted under our hands: whoever wrote it does not want it to be worked on."""


class Rejected(ForgeError):
    """422 and other refusals of a request, with the forge's own words."""


class PushRejected(ForgeError):
    """The branch moved in between, or a rule on the branch refuses the push."""


class ModelError(ClusterError):
    """The model's service refused."""


class ModelAccountError(ModelError):
    """401, 402, 403 or a spend limit: trying again changes nothing until a person acts."""


class ModelRejected(ModelError):
    """400, 404, 413 and the like: the request itself is wrong."""


class Transient(ClusterError):
    """Network, time-out, 5xx, overload: the same call may pass later."""


class AnswerLost(Transient):
    """The call went out and its answer never came whole: what it cost is unknown, at most the worst case."""

    may_be_paid = True


class RateLimited(Transient):
    """Too many requests; `retry_after` is in seconds."""

    def __init__(self, reason: str, remedy: str = "", retry_after: float = 60.0) -> None:
        super().__init__(reason, remedy)
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type["RateLimited"], tuple[str, str, float]]:
        return type(self), (self.reason, self.remedy, self.retry_after)


class AccountPaused(RateLimited):
    """The model's account was refused to an earlier run; those that can wait don't try it one after the other."""


class DiskFull(ClusterError):
    """The disk of the state folder is full: with room again the same command goes on."""

    NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})  # what the system's own errors for it are called
    REMEDY = "make room on the disk of CLAUDE_CLUSTER_HOME, then start the same command again"

    def __init__(self, reason: str, remedy: str = REMEDY) -> None:
        super().__init__(reason, remedy)


class GitFailed(ClusterError):
    """A git call failed in a way that nothing above names; holds git's own words, scrubbed."""


class EnvironmentFailed(ClusterError):
    """The repository's dependencies did not install; the log's path and its last words are in the message."""


class BadWork(ClusterError):
    """What the agent left can't be taken: nested repositories, submodules, broken attributes."""


class CaseError(ClusterError):
    """The ledger refused."""


class UnknownTask(CaseError):
    """No task has this id."""

    exit_code = 2


class ClaimLost(CaseError):
    """Another run owns the issue now; this one must stop without a trace."""


class ShareLost(CaseError):
    """The part of the work is not this run's: it was taken back, or the case has ended; stop without a trace."""
