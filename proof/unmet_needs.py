"""Whether a run failed for want of something that a sandbox does not have, and what of the network it had."""

import re

from domain.command import CommandResult, Place

# The words of the C library, of Node.js, Go, Java, Rust and curl for "no such host" and "no way there".
_UNREACHABLE = re.compile(
    r"Temporary failure in name resolution|Name or service not known|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)"
    r"|\b(?:ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b|Network is unreachable|dial tcp: lookup |java\.net\.UnknownHostException"
    r"|failed to lookup address information|[Cc]ould not resolve host|nodename nor servname provided"
)
# And for "nobody listens there".
_REFUSED = re.compile(r"\bECONNREFUSED\b|[Cc]onnection refused|java\.net\.ConnectException")
# Of dash, bash, and env in a file's first line.
_MISSING = re.compile(
    r"^(?:/bin/)?(?:ba|da)?sh: (?:line )?(?:\d+: )?(?P<shell>[\w./@+-]{1,80}): (?:command )?not found$"
    r"|^/usr/bin/env: .(?P<env>[\w.+-]{1,80}).: No such file or directory$",
    re.MULTILINE,
)
_NO_NETWORK = (
    "the tests asked for the network, which the sandbox does not have: "
    "list their hosts in `[tests] network` of `.claude-cluster.toml`, "
    "or name a command that leaves these tests out in `[tests] command`"
)
_NOT_LISTED = (
    "the tests asked for a host that is not listed in `[tests] network` of `.claude-cluster.toml`: "
    "list it there, or name a command that leaves these tests out in `[tests] command`"
)
_NO_SERVICE = (
    "the tests asked for a service that does not run in the sandbox: "
    "start it in `[tests] command` of `.claude-cluster.toml`, or leave these tests out there"
)
_NO_PROGRAM = "the program {} is missing where the tests run: install it on the node, or in `[tests] setup`"
_NO_PROGRAM_NAMED = re.compile(re.escape(_NO_PROGRAM).replace(r"\{\}", ".*"))
_MOST_PROGRAMS = 3


def unmet_needs(output: str, *, listed: bool = False) -> tuple[str, ...]:
    """What the output of a red run says it lacked, each a sentence without a full stop; some hosts may be `listed`."""
    no_way = _NOT_LISTED if listed else _NO_NETWORK
    programs = dict.fromkeys(found["shell"] or found["env"] for found in _MISSING.finditer(output))
    return (
        *(_NO_PROGRAM.format(program) for program in list(programs)[:_MOST_PROGRAMS]),
        *((no_way,) if _UNREACHABLE.search(output) else ()),
        *((_NO_SERVICE,) if _REFUSED.search(output) else ()),
    )


def is_unmet(note: str) -> bool:
    """Whether a note of a run is one of these."""
    return note in {_NO_NETWORK, _NOT_LISTED, _NO_SERVICE} or bool(_NO_PROGRAM_NAMED.fullmatch(note))


def network_notes(place: Place, result: CommandResult) -> tuple[str, ...]:
    """What tests could reach, and which connections were refused, where a place lists services; else nothing."""
    if not place.network:
        return ()
    hosts = ", ".join(map(str, place.network))
    if result.network is None:
        return (
            f"the hosts of `[tests] network` could not be reached: this kind of sandbox lets none through ({hosts})",
        )
    if result.network.reach == "any":
        return ("any host could be reached by the tests and by the agent: they ran without a sandbox",)
    return (f"these hosts could be reached by the tests and by the agent ({hosts})", *result.network.refused)
