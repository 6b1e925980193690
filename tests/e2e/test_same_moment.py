"""Two commands on one issue at the same moment."""

from typing import Any


def test_both_tell_of_the_one_run(stage: Any) -> None:
    """One of them works, the other one shows that run to its end; it is paid once, and both end well."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    command = ("workflow", "--issue", issue, "--repo", "rehearsal/shop", "--json")
    first, second = [stage.start("claude-cluster", *command) for _ in range(2)]
    ends = [first.wait(), second.wait()]
    assert [done.code for done in ends] == [0, 0], [done.stderr for done in ends]
    told = [done.object() for done in ends]
    assert told[0] == told[1]
    assert (told[0]["outcome"], stage.paid()) == ("opened", 4)
    assert stage.traces().pulls == (told[0]["pull_request"]["number"],)
