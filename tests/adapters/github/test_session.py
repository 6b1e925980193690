"""Retries, waits and redirects: bounded, and never a write twice."""

import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from adapters.github.client import GitHubClient
from adapters.github.issues import GitHubIssues
from adapters.github.pace import Pace
from domain.errors import ClusterError, ConfigurationError, ForgeError, RateLimited, Rejected, Transient
from domain.settings import Settings

REPO = {"id": 7, "full_name": "o/r", "default_branch": "main"}
READ = "GET /repos/o/r"
WRITE = "POST /repos/o/r/issues/9/comments"
LIMIT = {"message": "You have exceeded a secondary rate limit."}
NOW = 1_793_600_000
DATE = formatdate(NOW, usegmt=True)


@pytest.mark.parametrize(
    "failure",
    [
        (b"", 500),
        (b"", 503),
        (httpx.ConnectError("refused"), 0),
        (httpx.ReadTimeout("slow"), 0),
        (httpx.RemoteProtocolError("gone"), 0),
    ],
)
async def test_reads_are_tried_three_times(forge: Any, failure: tuple[object, int]) -> None:
    """A read passes if the third try does, after short pauses."""
    content, status = failure
    forge.answers(READ, content, status)
    forge.answers(READ, content, status)
    forge.answers(READ, REPO)
    assert (await GitHubIssues(forge.client()).repository("o/r")).id == 7
    assert forge.slept == [0.5, 2.0]


async def test_reads_give_up(forge: Any) -> None:
    """The fourth try is the caller's."""
    for _ in range(3):
        forge.answers(READ, {"message": "Server Error"}, 500)
    with pytest.raises(Transient, match="GitHub answered 500 about repository o/r: Server Error"):
        await GitHubIssues(forge.client()).repository("o/r")


@pytest.mark.parametrize("failure", [(b"", 500), (httpx.ReadTimeout("slow"), 0), (httpx.WriteError("gone"), 0)])
async def test_writes_that_may_have_happened_are_not_repeated(forge: Any, failure: tuple[object, int]) -> None:
    """Nobody knows whether the comment is there: it is sent once."""
    content, status = failure
    forge.answers(WRITE, content, status)
    with pytest.raises(Transient):
        await GitHubIssues(forge.client()).comment("o/r", 9, "text", None)


async def test_writes_that_never_left_are_repeated(forge: Any) -> None:
    """A connection that did not come about carried nothing."""
    forge.answers(WRITE, httpx.ConnectError("refused"))
    forge.answers(WRITE, LIMIT, 403, {"retry-after": "2"})
    forge.answers(WRITE, {"id": 1}, 201)
    assert await GitHubIssues(forge.client()).comment("o/r", 9, "text", None) == 1
    assert forge.slept == [0.5, 2.0]


@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_refusals_are_not_tried_again(forge: Any, status: int) -> None:
    """Asking twice changes nothing."""
    forge.answers(READ, {"message": "no"}, status)
    with pytest.raises(ForgeError):
        await GitHubIssues(forge.client()).repository("o/r")


@dataclass(frozen=True)
class Limit:
    """A refusal for too many requests, and the seconds to wait."""

    status: int
    headers: dict[str, str]
    retry_after: float
    content: object = field(default_factory=lambda: LIMIT)


LIMITS = [
    Limit(429, {"retry-after": "90"}, 90.0),
    Limit(403, {"retry-after": "90"}, 90.0),
    Limit(403, {"retry-after": formatdate(NOW + 120, usegmt=True), "date": DATE}, 120.0),
    Limit(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 300), "date": DATE}, 300.0),
    Limit(429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 99_999), "date": DATE}, 3600.0),
    Limit(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 60.0, {"message": "no"}),
    Limit(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}, 60.0),
    Limit(403, {"retry-after": "9" * 400}, 3600.0),
    Limit(403, {}, 60.0),
    Limit(429, {"retry-after": "later"}, 60.0, []),
]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.status} {limit.headers}")
async def test_long_limits_are_the_callers_to_wait_out(forge: Any, limit: Limit) -> None:
    """Each way of announcing a limit is read; over 30 s nothing is waited here, and nobody's slot is held."""
    forge.answers(READ, limit.content, limit.status, limit.headers)
    with pytest.raises(RateLimited, match=r"^Rate limit exceeded: ") as caught:
        await GitHubIssues(forge.client()).repository("o/r")
    assert (caught.value.retry_after, forge.slept) == (limit.retry_after, [])


async def test_short_limits_are_waited_out(forge: Any) -> None:
    """A second that is announced is waited, and at least one."""
    forge.answers(READ, LIMIT, 429, {"retry-after": "0"})
    forge.answers(READ, LIMIT, 403, {"retry-after": "20"})
    forge.answers(READ, REPO)
    await GitHubIssues(forge.client()).repository("o/r")
    assert forge.slept == [1.0, 20.0]


async def test_all_waits_of_a_call_are_bounded_together(forge: Any) -> None:
    """Twice 20 s is more than the 30 s that a call may wait."""
    forge.answers(READ, LIMIT, 403, {"retry-after": "20"})
    forge.answers(READ, LIMIT, 403, {"retry-after": "20"})
    with pytest.raises(RateLimited):
        await GitHubIssues(forge.client()).repository("o/r")
    assert forge.slept == [20.0]


async def test_limits_without_a_time_grow(forge: Any) -> None:
    """GitHub asks for a minute and more with each time; a call that passes starts anew."""
    issues = GitHubIssues(forge.client())
    waits = []
    for _ in range(3):
        forge.answers(READ, LIMIT, 403)
        with pytest.raises(RateLimited) as caught:
            await issues.repository("o/r")
        waits.append(caught.value.retry_after)
    forge.answers(READ, REPO)
    await issues.repository("o/r")
    forge.answers(READ, LIMIT, 403)
    with pytest.raises(RateLimited) as caught:
        await issues.repository("o/r")
    assert [*waits, caught.value.retry_after] == [60.0, 120.0, 240.0, 60.0]


async def test_writes_keep_a_second_between_them(forge: Any) -> None:
    """Three comments in a row wait for their turns; reads do not."""
    transport = httpx.MockTransport(forge.handle)
    settings = Settings(github_token="ghp_" + "s" * 36)
    issues = GitHubIssues(GitHubClient(settings, transport=transport, pace=Pace(sleep=forge.sleep)))
    start = time.monotonic()
    for _ in range(3):
        forge.answers(WRITE, {"id": 1}, 201)
        forge.answers(READ, REPO)
        await issues.comment("o/r", 9, "text", None)
        await issues.repository("o/r")
    took = time.monotonic() - start
    assert len(forge.slept) == 2
    assert 1 - took <= forge.slept[0] <= 1
    assert 2 - took <= forge.slept[1] <= 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_write_stays_a_write_when_redirected(forge: Any, status: int) -> None:
    """A renamed repository gets the comment, not a reading of its comments."""
    forge.answers(WRITE, status=status, headers={"location": "/repositories/7/issues/9/comments"})
    forge.answers("POST /repositories/7/issues/9/comments", {"id": 1}, 201)
    assert await GitHubIssues(forge.client()).comment("o/r", 9, "text", None) == 1
    assert forge.calls[1].body == {"body": "text"}


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/repos/o/r", "http://api.github.com/repos/o/r", "https://api.github.com:444/x", "//evil/x"],
)
async def test_the_token_goes_to_no_other_server(forge: Any, target: str) -> None:
    """A redirect elsewhere, or to plain text, is refused and not followed."""
    forge.answers(READ, status=301, headers={"location": target})
    with pytest.raises(Rejected, match="redirects the request about repository o/r to another server"):
        await GitHubIssues(forge.client()).repository("o/r")


async def test_circles_end(forge: Any) -> None:
    """A redirect to itself is an error after a few rounds."""
    for _ in range(5):
        forge.answers(READ, status=301, headers={"location": "/repos/o/r"})
    with pytest.raises(Rejected, match="in a circle"):
        await GitHubIssues(forge.client()).repository("o/r")


@pytest.mark.parametrize("content", [b"<html>sign in</html>", b"", b'{"id": 7}', b"[]", b"null"])
async def test_answers_that_cannot_be_read_are_transient(forge: Any, content: object) -> None:
    """A sign-in page, an empty body or a strange shape is no crash."""
    forge.answers(READ, content)
    with pytest.raises(Transient) as caught:
        await GitHubIssues(forge.client()).repository("o/r")
    assert str(caught.value) == "GitHub's answer about repository o/r could not be read"


@pytest.mark.parametrize("token", [None, "", "  "])
async def test_without_a_token_it_says_which_setting(forge: Any, token: str | None) -> None:
    """The first line that a new user may see names the variable."""
    with pytest.raises(ConfigurationError) as caught:
        await GitHubIssues(forge.client(github_token=token)).repository("o/r")
    assert str(caught.value) == (
        "GitHub authentication failed: no token - set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE"
    )


@pytest.mark.parametrize("token", ["ghp_abc\ndef", "ghp abc", "トークン", "ghp_\x00"])
async def test_a_token_that_cannot_be_one_is_not_shown(forge: Any, token: str | None) -> None:
    """A header error would quote it: it is refused before."""
    with pytest.raises(ConfigurationError) as caught:
        await GitHubIssues(forge.client(github_token=token)).repository("o/r")
    assert str(caught.value) == (
        "GitHub authentication failed: GITHUB_TOKEN holds characters that no token has - copy it again"
    )


async def test_spaces_around_a_token_do_no_harm(forge: Any) -> None:
    """A line end copied with the token is taken off."""
    forge.answers(READ, REPO)
    await GitHubIssues(forge.client(github_token=" ghp_abc\n")).repository("o/r")
    assert forge.calls[0].headers["authorization"] == "Bearer ghp_abc"


async def test_no_error_shows_the_token(forge: Any) -> None:
    """A server that echoes what it got does not put the token into our messages."""
    token = "ghp_" + "s" * 36
    for status in (401, 403, 422):
        forge.answers(READ, {"message": f"bad credentials: Bearer {token}"}, status)
        with pytest.raises(ClusterError) as caught:
            await GitHubIssues(forge.client()).repository("o/r")
        assert token not in str(caught.value)
        assert "\n" not in str(caught.value)


async def test_no_call_waits_for_ever() -> None:
    """Connecting, sending and reading may take 30 s each."""
    seen = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=REPO)

    client = GitHubClient(Settings(github_token="ghp_" + "s" * 36), transport=httpx.MockTransport(handle))
    await GitHubIssues(client).repository("o/r")
    assert seen == [{"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0}]
