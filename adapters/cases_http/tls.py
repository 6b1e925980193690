"""What is wrong with a TLS connection to the coordinator, in words that say what to do."""

import httpx

from domain.errors import ConfigurationError

# The words of OpenSSL's verification, and what each means to whoever set it up.
_CAUSES = {
    "certificate has expired": ("has expired", "renew it on the coordinator; look at this machine's clock, too"),
    "certificate is not yet valid": ("is not valid yet", "look at the clocks of both machines"),
    "mismatch": ("is not for this name", "name the coordinator as its certificate does, or make one for this name"),
    "self-signed certificate": ("is of an authority that is not trusted here", "give its CA with --ca-file"),
    "unable to get local issuer": ("is of an authority that is not trusted here", "give its CA with --ca-file"),
}


def refused(error: httpx.TransportError, url: str) -> ConfigurationError | None:
    """The error for people; None if it is not about TLS, so that trying again may help."""
    words = str(error) or type(error).__name__
    if "certificate" in words.lower():
        known = next((cause for phrase, cause in _CAUSES.items() if phrase in words), None)
        what, remedy = known or (f"is not trusted: {words}", "give its CA with --ca-file")
        return ConfigurationError(f"the certificate of {url} {what}", remedy)
    if "SSL" in words or "WRONG_VERSION" in words:
        return ConfigurationError(f"{url} does not speak TLS: {words}", "leave --ca-file out, or start it with TLS")
    if isinstance(error, httpx.RemoteProtocolError):
        return ConfigurationError(f"{url} does not speak plain HTTP", "give --ca-file: the coordinator has TLS")
    return None
