"""Who did which part of a change, for the pull request."""

from domain.ending import Ending
from domain.share import Share
from proof import neutral
from proof.neutral import Links
from proof.receipt_text import listed
from proof.wording import Words

_SUMMARY = 500


def parts_text(ending: Ending, links: Links, say: Words) -> str:
    """Each specialist with its paths, files and words, and who did the rest; empty where one did it all."""
    if not ending.helpers or ending.routing is None:
        return ""
    lines = [_part(share, links, say) for share in ending.helpers]
    lines.append(say("body.rest", agent=neutral.code(ending.routing.primary)))
    return f"{say('body.parts')}\n\n{listed(tuple(lines), say)}"


def _part(share: Share, links: Links, say: Words) -> str:
    paths = say("body.separator").join(map(neutral.code, share.part.area.globs))
    handed = share.handed
    words = []
    if handed and (summary := neutral.sentence(handed.summary, links, _SUMMARY)):
        words.append(say("body.part_words", summary=summary))
    if handed and handed.left_out:
        words.append(say("body.part_dropped", count=len(handed.left_out)))
    count = len(handed.taken) if handed else 0
    agent = neutral.code(share.part.specialist)
    return say("body.part", agent=agent, paths=paths, count=count, words="".join(words))
