"""Assertions that are gone, or that ask for less than before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from proof.tampering.claim import Claim, Strength, asks_less
from proof.tampering.statement import Statement
from proof.tampering.tamper_finding import TamperFinding, quoted

_COMMON = frozenset({"self", "assert", "expect", "assertEqual", "assertTrue", "len", "t", "to", "be"})


Place = tuple[str, str]


class Assertions:
    """The assertions of all files of a change; `renamed` gives the new name of a test by its old one."""

    def __init__(self, statements: Sequence[Statement], renamed: Mapping[str, str]) -> None:
        self._renamed = renamed
        touched = [one for one in statements if one.touched]
        forms = {added: Counter(_forms(touched, added=added)) for added in (True, False)}
        replacing = _by_place([one for one in touched if one.added], self._place)
        self._old = _unmatched(
            [one for one in touched if not one.added],
            forms[True],
            lambda one, claim: _is_replaced(one, claim, replacing.get(self._place(one), [])),
        )
        self._before = _by_place(self._old, self._place)
        self._new = _by_place(_unmatched([one for one in touched if one.added], forms[False]), self._place)
        self._kept = _by_place([one for one in statements if one.added], self._place)

    def _place(self, one: Statement) -> Place:
        """File and test, by the name that the test has now."""
        return (one.path, one.test if one.added else self._renamed.get(one.test, one.test))

    def findings(self, deleted: set[str]) -> Iterator[TamperFinding]:
        """One finding for each assertion that was loosened, and one for each test that lost some."""
        told: set[Place] = set()
        for old in self._old:
            place = self._place(old)
            if old.test in deleted or old.dropped or not old.claims:
                continue
            weaker = self._weaker(old, place)
            if weaker is not None:
                text = f"an assertion asks for less than before ({quoted(old.text)} became {quoted(weaker.text)})"
                yield _finding(weaker, text)
            elif place not in told and self._lost(old, place):
                told.add(place)
                text = f"an assertion was removed and none put in its place ({quoted(old.text)})"
                yield _finding(old, text)

    def _weaker(self, old: Statement, place: Place) -> Statement | None:
        """What stands in its place and asks for less, unless something else still asks for as much."""
        same = [new for new in self._new.get(place, []) if new.block == old.block or new.block < 0 or old.block < 0]
        for claim in old.claims:
            for new in same:
                looser = any(asks_less(other, claim) for other in new.claims)
                if looser and not self._held(claim, place):
                    return new
        return None

    def _held(self, claim: Claim, place: Place) -> bool:
        """Whether an assertion of the test as it is now asks at least as much of the same value."""
        return any(
            (claim.subjects & other.subjects and other.strength >= claim.strength and not other.raises)
            or (claim.form == other.form)
            for new in self._kept.get(place, [])
            for other in new.claims
        )

    def _lost(self, old: Statement, place: Place) -> bool:
        added = [
            claim for new in self._new.get(place, []) for claim in new.claims if claim.strength is not Strength.NOTHING
        ]
        removed = [claim for one in self._before.get(place, []) for claim in one.claims]
        if any(claim.helper for claim in added) or len(added) >= len(removed):
            return False
        asking = [claim for claim in old.claims if claim.strength is not Strength.NOTHING]
        return any(not self._held(claim, place) and not _covered(claim, added) for claim in asking)


def _by_place(statements: Sequence[Statement], place: Callable[[Statement], Place]) -> dict[Place, list[Statement]]:
    found: defaultdict[Place, list[Statement]] = defaultdict(list)
    for one in statements:
        found[place(one)].append(one)
    return dict(found)


def _covered(claim: Claim, added: Sequence[Claim]) -> bool:
    """Whether new assertions speak of the same: all names of the old one, or all of its literals."""
    tokens = frozenset[str]().union(*(other.tokens for other in added)) | _COMMON
    names = {token for token in claim.tokens if token.isidentifier()} - _COMMON
    literals = claim.tokens - names - _COMMON
    return bool(names and names <= tokens) or bool(literals and literals <= tokens)


def _finding(at: Statement, text: str) -> TamperFinding:
    return TamperFinding(kind="weakened", path=at.path, line=at.number, text=text, about=(at.test,) if at.test else ())


def _forms(statements: Sequence[Statement], *, added: bool) -> list[str]:
    return [claim.form for one in statements if one.added is added for claim in one.claims]


def _is_replaced(old: Statement, claim: Claim, new: Sequence[Statement]) -> bool:
    """Whether its test has something in its place that asks for less; the same words in another test are no excuse."""
    if any(other.form == claim.form for one in new for other in one.claims):
        return False
    same = (one for one in new if one.block == old.block >= 0)
    return any(asks_less(other, claim) for one in same for other in one.claims)


def _unmatched(
    statements: Sequence[Statement],
    others: Counter[str],
    stays: Callable[[Statement, Claim], bool] = lambda _, __: False,
) -> list[Statement]:
    """The statements, each with the claims that do not stand on the other side too, and those that it `stays` with."""
    left = others.copy()
    kept = []
    for one in statements:
        claims = []
        for claim in one.claims:
            if left[claim.form] and not stays(one, claim):
                left[claim.form] -= 1
            else:
                claims.append(claim)
        kept.append(one.model_copy(update={"claims": tuple(claims)}))
    return kept
