"""Whether a run failed for want of something that a sandbox does not have."""

import re

# The words of the C library, of Node.js, Go, Java, Rust and curl for "no such host" and "no way there".
_UNREACHABLE = re.compile(
    r"Temporary failure in name resolution|Name or service not known|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)"
    r"|\b(?:ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b|Network is unreachable|dial tcp: lookup |java\.net\.UnknownHostException"
    r"|failed to lookup address information|Could not resolve host|nodename nor servname provided"
)
# And for "nobody listens there".
_REFUSED = re.compile(r"\bECONNREFUSED\b|[Cc]onnection refused|java\.net\.ConnectException")


_NEEDS = (
    (_UNREACHABLE, "the tests asked for the network, which the sandbox does not have"),
    (_REFUSED, "the tests asked for a service that does not run in the sandbox"),
)
UNMET = tuple(text for _, text in _NEEDS)


def unmet_needs(output: str) -> tuple[str, ...]:
    """What the output of a red run says it lacked, each a sentence without a full stop."""
    return tuple(text for pattern, text in _NEEDS if pattern.search(output))
