"""Folders of tests that only their contents tell from folders of a product."""

import posixpath
import re
from collections.abc import Sequence

# `test` and its like are names of product folders as well, so one of them must hold what a runner collects.
_NAMED = re.compile(r"(?:^|/)(?:test|unit_?tests?|test_?suite|specs?)$|^testing$")
_COLLECTED = re.compile(r"^(?:test(?:_|[A-Z0-9])[^/]*|[^/]*_tests?)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$|_test\.go$")
# Git's globs have marks of their own; a folder that holds one is left as it is.
_PLAIN = re.compile(r"[\w./+@ -]+")


def test_folders(files: Sequence[str]) -> tuple[str, ...]:
    """Globs of the folders (relative, POSIX) whose every file belongs to the tests: data and helpers too."""
    folders = {posixpath.dirname(path) for path in files if _COLLECTED.search(posixpath.basename(path))}
    return tuple(f"/{folder}/" for folder in sorted(folders) if _NAMED.search(folder) and _PLAIN.fullmatch(folder))
