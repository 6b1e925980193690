"""Tests that a change removes, told from those that it moves, renames or joins."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.frozen import Frozen
from proof.tampering.changed_file import ChangedFile
from proof.tampering.changed_line import ChangedLine
from proof.tampering.statement import Statement
from proof.tampering.tamper_finding import TamperFinding

_COLLECTED = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$|_test\.go$")
_TABLE = re.compile(r"parametrize|\.each\b|subTest|\bfor\b|forEach|\bt\.Run\(|@given|@data|TestCase\(")
_LITERAL = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<![\w.])\d[\w.]*""")


class Tests:
    """The tests whose first lines a change adds or removes; `deleted` are gone, `renamed` is old to new name."""

    __test__ = False

    def __init__(
        self, lines: Sequence[ChangedLine], statements: Sequence[Statement], carried: Mapping[str, str]
    ) -> None:
        self.removed = _only(lines, added=False)
        self.added = _only(lines, added=True)
        self.renamed = self._carried(carried) | self._in_place() | self._alike(statements)
        gone = [line for line in self.removed if line.names not in self.renamed]
        asserting = {one.test for one in statements if not one.added}
        by_path = _by_path(lines) if gone else {}
        self.deleted = [line for line in gone if line.names not in asserting or not _joined(line, by_path[line.path])]

    def _carried(self, carried: Mapping[str, str]) -> dict[str, str]:
        """Where a new test kept lines of an old one."""
        new = {line.names for line in self.added}
        return {old.names: carried[old.names] for old in self.removed if carried.get(old.names) in new}

    def _in_place(self) -> dict[str, str]:
        """Where one test's first line took the place of another's."""
        new: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for line in self.added:
            new[line.path, line.block].append(line.names)
        names: dict[str, str] = {}
        for old in self.removed:
            if there := new[old.path, old.block]:
                names[old.names] = there.pop(0)
        return names

    def _alike(self, statements: Sequence[Statement]) -> dict[str, str]:
        """Where a new test makes all assertions of an old one."""
        forms = {added: _forms_by_test(statements, added=added) for added in (True, False)}
        asking: defaultdict[str, set[str]] = defaultdict(set)
        for new in self.added:
            for form in forms[True].get(new.names, set()):
                asking[form].add(new.names)
        names: dict[str, str] = {}
        for old in self.removed:
            asked = [asking.get(form, set()) for form in forms[False].get(old.names, ())]
            if asked and (alike := set.intersection(*asked)):
                names[old.names] = min(alike)
        return names


def deletions(tests: Tests) -> Iterator[TamperFinding]:
    """A finding for each deleted test; a deleted file counts once."""
    whole: defaultdict[str, list[str]] = defaultdict(list)
    for line in tests.deleted:
        if line.dropped:
            whole[line.path].append(line.names)
    for path, names in whole.items():
        text = f"the file was deleted with its {len(names)} test{'s' if len(names) > 1 else ''}"
        yield TamperFinding(kind="deleted", path=path, line=1, text=text, about=(path,))
    for line in tests.deleted:
        if not line.dropped:
            text = f"the test {line.names} was deleted"
            yield TamperFinding(kind="deleted", path=line.path, line=line.number, text=text, about=(line.names,))


def hidden_files(files: Iterable[ChangedFile]) -> Iterator[TamperFinding]:
    """Renames after which runners no longer take the file for tests."""
    for file in files:
        old, new = file.old_path, file.new_path
        if old and new and _COLLECTED.search(old) and not _COLLECTED.search(new):
            text = f"a file of tests was renamed so that it may not run any more (it was {old})"
            yield TamperFinding(kind="deleted", path=new, line=1, text=text, about=(old,))


def _only(lines: Sequence[ChangedLine], *, added: bool) -> list[ChangedLine]:
    """The lines that begin a test on one side, and that no line of the other side begins too."""
    left = Counter(line.names for line in lines if line.names and line.added is not added)
    kept = []
    for line in lines:
        if not line.names or line.added is not added:
            continue
        if left[line.names]:
            left[line.names] -= 1
        else:
            kept.append(line)
    return kept


def _forms_by_test(statements: Sequence[Statement], *, added: bool) -> dict[str, set[str]]:
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for one in statements:
        if one.added is added and one.touched:
            forms[one.test] |= {claim.form for claim in one.claims}
    return forms


class _Texts(Frozen):
    """What a change does to one file: whether it adds a table, its literals, and the old lines of each test."""

    table: bool
    literals: frozenset[str]
    bodies: dict[str, str]


def _by_path(lines: Sequence[ChangedLine]) -> dict[str, _Texts]:
    added: defaultdict[str, list[str]] = defaultdict(list)
    bodies: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.added:
            added[line.path].append(line.text)
        elif line.names != line.test:
            bodies[line.path][line.test].append(line.text)
    return {
        path: _Texts(
            table=bool(_TABLE.search("\n".join(added[path]))),
            literals=_literals("\n".join(added[path])),
            bodies={test: "\n".join(body) for test, body in bodies[path].items()},
        )
        for path in {line.path for line in lines}
    }


def _joined(test: ChangedLine, texts: _Texts) -> bool:
    """Whether a table of cases took its values over: all literals of the test stand in what was added there."""
    literals = _literals(texts.bodies.get(test.names, ""))
    return texts.table and bool(literals) and literals <= texts.literals


def _literals(text: str) -> frozenset[str]:
    return frozenset(one.strip("'\"") for one in _LITERAL.findall(text))
