"""Programs that wait for a person are refused by name, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.interactive import refusal


@pytest.mark.parametrize(
    "command",
    [
        "vim a.py", "cd src && nano x", "/usr/bin/less log", "git log | less", "EDITOR=x vi a", "sudo top", "top",
        "python", "python3 -i a.py", "python -q", "cd a; node", "psql", "git rebase -i HEAD~3", "git add -p",
        "git -c a=b commit --patch", "tail -f log", "tail -n 5 -F log", "watch ls", "ssh host", "sqlite3",
        "cat <<'EOF' > a\nx\nEOF\nvim a", "true\nhtop",
    ],
)  # fmt: skip
def test_these_wait_for_a_person(command: str) -> None:
    """The answer names the program and what to do instead."""
    told = refusal(command)
    assert told is not None
    assert told.startswith("not run: `")


@pytest.mark.parametrize(
    "command",
    [
        "ls", "python a.py", "python -m pytest -q", "python -c 'import vim'", "echo 1 | python", "python < a.py",
        "python - <<'EOF'\nprint(1)\ntop\nEOF", "cat > a <<EOF\nvim\nless\nEOF", "echo vim", "grep -r less .",
        "git log -p", "git stash show -p", "git rebase main", "GIT_SEQUENCE_EDITOR=true git rebase -i HEAD~2",
        "git add -A", "top -b -n 1", "tail -n 20 log", "vim --version", "node a.js", "sqlite3 a.db 'select 1'",
        "psql -c 'select 1'", "make watch", "npm run watch", "cat less.css", "echo 'unbalanced", "", "# vim",
        "find . -name top", "./view.sh", "python -u -m x", "python3 --version", "php -v",
    ],
)  # fmt: skip
def test_these_do_not(command: str) -> None:
    """They run."""
    assert refusal(command) is None


@given(st.text())
def test_any_text_can_be_asked_about(command: str) -> None:
    """Whatever the model writes, the question is answered."""
    assert refusal(command) is None or refusal(command)
