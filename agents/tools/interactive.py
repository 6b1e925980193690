"""Programs that wait for a person, refused by name: no terminal stands behind the shell.

This saves a time-out; it is no boundary (the sandbox is).
"""

import re
import shlex
from collections.abc import Iterator

from domain.frozen import Frozen

_EDITOR = "use the edit tool, or sed"
_PAGER = "use cat, head, tail or sed -n"
_HINTS = {
    **dict.fromkeys(("vi", "vim", "nvim", "view", "nano", "pico", "emacs", "ed", "joe"), _EDITOR),
    **dict.fromkeys(("less", "more", "most"), _PAGER),
    **dict.fromkeys(("htop", "btop", "watch"), "use ps, or run the command once"),
    **dict.fromkeys(("tmux", "screen", "ssh", "telnet", "ftp"), "there is neither a terminal nor a network"),
    **dict.fromkeys(("tig", "lazygit"), "use git log and git diff"),
}
_REPLS = {
    **dict.fromkeys(("python", "python2", "python3", "ipython", "bpython"), "use python -c, or write a script"),
    **dict.fromkeys(("node", "deno", "irb", "php", "lua", "julia", "R", "ghci"), "pass a script, or code with -e"),
    **dict.fromkeys(("psql", "mysql", "sqlite3", "mongosh", "redis-cli"), "pass the statement as an argument"),
}
_PATCHING = {"add", "commit", "checkout", "reset", "restore"}
_WRAPPERS = {"sudo", "env", "exec", "command", "nohup", "time", "nice", "stdbuf", "setsid"}
_SEPARATORS = re.compile(r"[;&|()\n]+")
_HEREDOC = re.compile(r"(?<!<)<<-?\s*(['\"]?)(\w+)\1[^\n]*\n.*?^\s*\2\s*$", re.DOTALL | re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


class _Simple(Frozen):
    """A simple command: variables before it, its words, and whether it reads from a pipe or a file."""

    variables: tuple[str, ...]
    argv: tuple[str, ...]
    fed: bool


def refusal(command: str) -> str | None:
    """Why the command is not run and what to do instead; None if nothing in it waits for a person."""
    for simple in _simple_commands(command):
        hint = _hint(simple)
        if hint is not None:
            return f"not run: `{' '.join(simple.argv[:3])}` waits for a person at a terminal; {hint}"
    return None


def _hint(simple: _Simple) -> str | None:
    name = simple.argv[0].rsplit("/", 1)[-1]
    rest = simple.argv[1:]
    if {"--version", "--help"} & set(rest):
        return None
    if name in _HINTS:
        return _HINTS[name]
    if name in _REPLS:
        bare = not simple.fed and all(word.startswith("-") and word in {"-i", "-q", "-u"} for word in rest)
        return _REPLS[name] if bare or rest[:1] == ("-i",) else None
    if name == "top":
        return None if any(word.startswith("-") and "b" in word for word in rest) else "use top -b -n 1, or ps"
    if name == "tail":
        follows = any(re.fullmatch(r"-\w*[fF]\w*|--follow(=.*)?", word) for word in rest)
        return "it never ends; use tail -n" if follows else None
    return _git_hint(simple) if name == "git" else None


def _git_hint(simple: _Simple) -> str | None:
    rest = simple.argv[1:]
    valued = {index + 1 for index, word in enumerate(rest) if word in {"-c", "-C"}}
    verb = next((word for index, word in enumerate(rest) if not word.startswith("-") and index not in valued), "")
    options = set(rest)
    scripted = any(one.startswith(("GIT_SEQUENCE_EDITOR=", "GIT_EDITOR=", "EDITOR=")) for one in simple.variables)
    if verb == "rebase" and options & {"-i", "--interactive"} and not scripted:
        return "rebase without -i, or set GIT_SEQUENCE_EDITOR to a command"
    if verb in _PATCHING and options & {"-p", "--patch", "--interactive"}:
        return "name the paths instead"
    return None


def _simple_commands(command: str) -> Iterator[_Simple]:
    lexer = shlex.shlex(_HEREDOC.sub("<here\n", command), posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return
    current: list[str] = []
    piped = False
    for word in [*words, ";"]:
        if not _SEPARATORS.fullmatch(word):
            current.append(word)
            continue
        simple = _simple(current, piped=piped)
        if simple is not None:
            yield simple
        current, piped = [], word.endswith(("|", "|&")) and "||" not in word


def _simple(words: list[str], *, piped: bool) -> _Simple | None:
    fed = piped or any("<" in word for word in words)
    variables: list[str] = []
    rest = list(words)
    while rest and (_ASSIGNMENT.match(rest[0]) or rest[0] in _WRAPPERS):
        variables.append(rest.pop(0))
    return _Simple(variables=tuple(variables), argv=tuple(rest), fed=fed) if rest else None
