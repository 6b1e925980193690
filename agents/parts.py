"""What the author of the whole and the specialists of its parts are told of each other."""

from collections.abc import Sequence

from agents.job import Job
from agents.render import render
from domain.share import Share


def with_parts(job: Job, shares: Sequence[Share]) -> Job:
    """The author's job, knowing which parts others do; the same whatever has become of them."""
    if not shares:
        return job
    return job.model_copy(update={"opening": f"{job.opening}\n\n{render('parts', shares=tuple(shares))}"})


def for_part(job: Job, share: Share, author: str, every: Sequence[Share]) -> Job:
    """The job of one part; `author` is the specialist of the whole, `every` holds all parts of the attempt."""
    others = [one.part for one in every if one.number != share.number]
    words = render("part", author=author, part=share.part, others=others)
    key = job.key.model_copy(update={"share": share.number})
    return job.model_copy(update={"opening": f"{job.opening}\n\n{words}", "key": key})


def given_back(shares: Sequence[Share], *, joined: bool = False) -> str:
    """What the author is told of parts that it is to do itself; `joined`: the files of others are there by now."""
    return render("returned", shares=tuple(shares), joined=joined)


def with_joined(feedback: str, shares: Sequence[Share]) -> str:
    """What a fix round is told, with whose files are among the author's by now."""
    done = [one for one in shares if one.state == "done"]
    if not done:
        return feedback
    words = ", ".join(f"part {one.number} ({one.part.places})" for one in done)
    return f"{feedback}\n\nThe files that others have made are in your checkout now, and yours to mend: {words}."
