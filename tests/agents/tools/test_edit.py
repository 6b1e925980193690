"""The edit tool: exact, byte for byte, whatever the file holds."""

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.tools.answer import Answer, BadCall
from agents.tools.edit import edit, inside
from domain.errors import BadWork

CLEAN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


class OneFile:
    """The port with one file in memory, `f`; everything else is missing."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, path: str) -> bytes:
        """The bytes."""
        assert path == "f"
        return self.data

    def write(self, path: str, data: bytes) -> None:
        """Replace them."""
        assert path == "f"
        self.data = data

    def listing(self, path: str) -> tuple[str, ...]:
        """The one name."""
        return ("f",)

    def kind(self, path: str) -> str:
        """What stands there."""
        return {"f": "file", ".": "folder"}.get(path, "missing")


class AnyFiles(OneFile):
    """The same, and every other path can be written."""

    def write(self, path: str, data: bytes) -> None:
        """Take it."""
        self.data = data


def after(data: bytes, **fields: Any) -> bytes:
    """The file after an edit that must succeed."""
    file = OneFile(data)
    answer = edit({"path": "/workspace/f", **fields}, file)
    assert (answer.error, answer.changed) == (False, True), answer.text
    return file.data


def refused(data: bytes, **fields: Any) -> str:
    """What the model is told; the file must be untouched."""
    file = OneFile(data)
    answer = edit({"path": "/workspace/f", **fields}, file)
    assert (answer.error, answer.changed, file.data) == (True, False, data)
    return answer.text


def viewed(data: bytes, **fields: Any) -> str:
    """The text of a view."""
    return edit({"command": "view", "path": "f", **fields}, OneFile(data)).text


@given(before=st.binary(), old=CLEAN.filter(bool), new=CLEAN, rest=st.binary())
@settings(max_examples=200)
def test_str_replace_changes_the_match_and_nothing_else(before: bytes, old: str, new: str, rest: bytes) -> None:
    """Bytes that are no UTF-8, and mixed line ends, stay as they are."""
    data = before + b"\n|" + old.encode() + b"|\n" + rest
    once = data.count(old.encode()) == 1 and data.find(old.encode(), data.find(old.encode()) + 1) < 0
    if once and old != new:
        changed = after(data, command="str_replace", old_str=old, new_str=new)
        assert changed == data.replace(old.encode(), new.encode())


@given(data=st.binary(), text=CLEAN.filter(bool), share=st.floats(0, 1))
@settings(max_examples=200)
def test_insert_keeps_all_other_lines(data: bytes, text: str, share: float) -> None:
    """The lines above and below are the same bytes; only a missing last line end may be added."""
    lines = re.findall(b"[^\n]*\n|[^\n]+", data)
    at = round(share * len(lines))
    changed = re.findall(b"[^\n]*\n|[^\n]+", after(data, command="insert", insert_line=at, insert_text=text))
    below = lines[at:]
    assert changed[len(changed) - len(below) :] == below
    assert changed[: max(at - 1, 0)] == lines[: max(at - 1, 0)]
    if at:
        assert changed[at - 1] in (lines[at - 1], lines[at - 1] + b"\n", lines[at - 1] + b"\r\n")


@given(data=st.binary(), where=st.none() | st.lists(st.integers(-2, 9) | st.text(max_size=2), max_size=3))
@settings(max_examples=200)
def test_view_shows_any_bytes(data: bytes, where: Any) -> None:
    """Whatever a file holds and whichever range is asked for, an answer that can be sent comes back."""
    try:
        text = viewed(data, view_range=where)
    except BadCall:
        return
    assert text.encode("utf-8")
    assert all(char in "\n\t" or char.isprintable() or char in "\u3000\u00a0" for char in text)


@given(
    call=st.dictionaries(
        st.sampled_from(["command", "path", "old_str", "new_str", "insert_line", "insert_text", "view_range"]),
        st.none()
        | st.integers()
        | st.text(max_size=5)
        | st.sampled_from(["view", "insert", "create", "f"])
        | st.floats(),
    )
)
@settings(max_examples=200)
def test_no_input_of_the_model_crashes_the_tool(call: dict[str, Any]) -> None:
    """It is answered, or refused as a bad call."""
    with contextlib.suppress(BadCall):
        assert isinstance(edit({"command": "view", "path": "f"} | call, AnyFiles(b"a\nb\n")), Answer)


def test_text_gets_the_line_ends_of_a_crlf_file() -> None:
    """The model writes line feeds; the file keeps its style."""
    data = b"a\r\nb\r\nc\r\n"
    assert after(data, command="str_replace", old_str="a\nb", new_str="x\ny\nz") == b"x\r\ny\r\nz\r\nc\r\n"
    assert after(data, command="insert", insert_line=1, insert_text="new\n") == b"a\r\nnew\r\nb\r\nc\r\n"


def test_an_insert_ends_its_lines() -> None:
    """Text without a last line end never runs into the next line; a file without one gets none at its end."""
    assert after(b"a\nb", command="insert", insert_line=1, insert_text="x") == b"a\nx\nb"
    assert after(b"a\nb", command="insert", insert_line=2, insert_text="x") == b"a\nb\nx"
    assert after(b"", command="insert", insert_line=0, insert_text="x\n") == b"x\n"


def test_a_text_that_is_not_there_is_told_with_the_line_that_comes_close() -> None:
    """White space is the usual reason."""
    told = refused(b"def f():\n\treturn 1\n", command="str_replace", old_str="    return 1", new_str="x")
    assert told == (
        "error: `old_str` is not in the file (line 2 differs from its first line in white space at most: "
        "'\\treturn 1'); it must match exactly, white space included"
    )


def test_a_text_that_is_there_twice_is_told_with_its_lines() -> None:
    """Then the model can take in more."""
    told = refused(b"x = 1\ny\nx = 1\n", command="str_replace", old_str="x = 1", new_str="z")
    assert told == "error: `old_str` is in the file more than once (lines 1, 3): take in more around it"


def test_overlapping_places_count_as_two() -> None:
    """Either could be meant."""
    assert "more than once" in refused(b"aaa", command="str_replace", old_str="aa", new_str="b")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"command": "str_replace", "old_str": "", "new_str": "x"}, "`old_str` is empty"),
        ({"command": "str_replace", "old_str": "a", "new_str": "a"}, "nothing would change"),
        ({"command": "insert", "insert_line": 3, "insert_text": "x"}, "`insert_line` is 3, but the file has 2 lines"),
        ({"command": "insert", "insert_line": 1, "insert_text": ""}, "`insert_text` is empty"),
        ({"command": "view", "view_range": [5, 9]}, "`view_range` is 5, but the file has 2 lines (use 1 to 2)"),
        ({"command": "view", "view_range": [2, 1]}, "ends at 1, before it begins at 2"),
        ({"command": "view", "path": "gone.py"}, "gone.py does not exist"),
        ({"command": "create", "path": "/workspace/", "file_text": "x"}, ". is a folder"),
    ],
)
def test_what_cannot_be_done_is_said(fields: dict[str, Any], told: str) -> None:
    """In words that name what to do instead; the file is untouched."""
    assert told in refused(b"a\nb\n", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"command": "undo_edit"},
        {"command": "insert", "insert_line": "two", "insert_text": "x"},
        {"command": "insert", "insert_line": True, "insert_text": "x"},
        {"command": "insert", "insert_line": 1},
        {"command": "create"},
        {"command": "create", "file_text": 5},
        {"command": "view", "path": "a\0b"},
        {"command": "view", "view_range": "1-2"},
        {"command": "str_replace", "old_str": "\ud800"},
        {},
    ],
)
def test_calls_that_make_no_sense_are_bad_calls(fields: dict[str, Any]) -> None:
    """Those count as malformed."""
    with pytest.raises(BadCall):
        edit({"path": "f", **fields}, OneFile(b"a\n"))


def test_view_numbers_lines_and_says_what_is_left_out() -> None:
    """Ranges count from 1; a long file is cut."""
    assert viewed(b"a\nb\nc\n", view_range=[2, -1]) == "     2\tb\n     3\tc"
    assert viewed(b"a\r\n") == "     1\ta\n[lines end in CRLF; edits keep that]"
    assert viewed(b"") == "(the file is empty)"
    assert viewed(b"\0\1") == "(a binary file of 2 bytes)"
    assert viewed(b"\xff\x1b[0m\n") == "     1\t\\xff\\x1b[0m"
    assert viewed(b"x\n" * 3000).endswith("  1000\tx\n[lines 1 to 1000 of 3000; use view_range for others]")


def test_real_files_are_created_replaced_and_confined(bench: Any) -> None:
    """Folders are made as needed; the port's refusal reaches the model."""
    made = edit({"command": "create", "path": "/workspace/a/b.py", "file_text": "x\n"}, bench.files)
    assert made == Answer(text="created a/b.py: 1 lines", changed=True)
    again = edit({"command": "create", "path": "a/b.py", "file_text": "y\nz"}, bench.files)
    assert again == Answer(text="replaced a/b.py (it had 1 lines): 2 lines", changed=True)
    assert (bench.root / "a/b.py").read_bytes() == b"y\nz"
    assert edit({"command": "view", "path": "/workspace"}, bench.files).text == "a/\na/b.py\ncart.py"
    outside = edit({"command": "view", "path": "/etc/passwd"}, bench.files)
    assert outside == Answer(text="refused: /etc/passwd is outside the workspace", error=True)
    long = edit({"command": "create", "path": "x" * 300, "file_text": ""}, bench.files)
    assert long == Answer(text="failed: File name too long", error=True)


@pytest.mark.parametrize(
    ("path", "relative"),
    [
        ("/workspace/a.py", "a.py"), ("/workspace", "."), ("/workspace/", "."), ("a.py", "a.py"), ("", "."),
        ("/tmp/here/a.py", "a.py"), ("/workspaces/a", "/workspaces/a"), ("/etc/passwd", "/etc/passwd"),
    ],
)  # fmt: skip
def test_paths_are_taken_relative_to_the_workspace(path: str, relative: str) -> None:
    """By either of its names; what lies elsewhere is the port's to refuse."""
    assert inside(path, "/tmp/here/") == relative


def test_a_port_that_refuses_is_heard(tmp_path: Path) -> None:
    """`BadWork` is an answer, no crash."""

    class Closed(OneFile):
        def kind(self, path: str) -> str:
            raise BadWork("a link leads outside")

    assert edit({"command": "view", "path": "f"}, Closed(b"")) == Answer(
        text="refused: a link leads outside", error=True
    )
