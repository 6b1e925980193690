"""Which links may stay links."""

import re
from urllib.parse import urlsplit

from domain.case import Case
from domain.frozen import Frozen

URL = re.compile(r"https?://[!-;=?-_a-~]{1,2000}", re.IGNORECASE | re.ASCII)
_TRAILING = ".,;:!?'\")]}*_"
_CROSSING = re.compile(r"/(?P<repo>[^/]+/[^/]+)/(?:issues|pull|discussions|commit)/")
_NESTED = re.compile(r"[\s<>()\\`]")


class Links(Frozen):
    """Links go to the forge (`host` or `host:port`), or to an address that the issue itself named.

    An issue, pull request or commit of another repository is no link: naming it leaves a trace there.
    """

    forge: str
    repo: str
    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, case: Case) -> "Links":
        """The links that may stand in texts about a case."""
        texts = (case.issue.title, case.issue.body, *(comment.body for comment in case.issue.comments))
        named = frozenset(url for text in texts for url in urls(text))
        return cls(forge=case.forge, repo=case.repository.name, named=named)

    def allow(self, url: str) -> bool:
        """Whether the address may be a link; never for one that could end the link's own syntax."""
        if _NESTED.search(url) or not url.isascii() or not url.lower().startswith(("https://", "http://")):
            return False
        if url in self.named:
            return True
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        if parts.netloc.lower() != self.forge.lower():
            return False
        crossing = _CROSSING.match(parts.path)
        return crossing is None or crossing["repo"].lower() == self.repo.lower()


def urls(text: str) -> tuple[str, ...]:
    """The web addresses in a text, without the punctuation that ends a sentence."""
    return tuple(match.group().rstrip(_TRAILING) for match in URL.finditer(text))
