"""Which paths hold code: text whose change alters what a program does."""

import re

from proof.tampering.changed_file import ChangedFile

_CODE = re.compile(
    r"\.(?:py|pyx|[cm]?[jt]sx?|vue|svelte|go|rs|java|kt|kts|scala|groovy|rb|php|cs|fs|swift|mm?|c|cc|cpp|cxx|h|hh|hpp|sh|sql"
    r"|exs?|erl|clj|hs|ml|lua|pl|pm|r|jl|dart|zig)$",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"^\s*(?:#(?!!)|//|/\*|\*|--\s|\"\"\"|''')|^\s*$")


def alters_code(file: ChangedFile) -> bool:
    """Whether more than comments and empty lines of a file of code was added or removed."""
    if not _CODE.search(file.path):
        return False
    lines = (side.lines[number] for side in (file.old, file.new) for number in side.changed)
    return any(not _NOTHING.match(line) for line in lines)
