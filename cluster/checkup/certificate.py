"""The certificates of a cluster with TLS: the coordinator's own, and the authority that others trust."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from adapters.cases_http.line import trusted
from cluster.checkup.asked import Asked
from cluster.checkup.finding import Finding
from domain.errors import ConfigurationError

_SOON = timedelta(days=14)


def check_certificate(asked: Asked) -> Finding | None:
    """Whether certificate and key fit each other and the day; None without them."""
    if asked.certificate is None and asked.key is None:
        return None
    if asked.certificate is None or asked.key is None:
        return _failed("certificate or key is missing", "give both --ssl-certfile and --ssl-keyfile")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(asked.certificate, asked.key, password="")
        found = x509.load_pem_x509_certificate(asked.certificate.read_bytes())
    except ssl.SSLError as error:
        words = "the key is not the certificate's" if "MISMATCH" in str(error) else f"no PEM of both: {error.reason}"
        return _failed(f"{asked.certificate} can't be used: {words}", "give PEM files that belong to each other")
    except (OSError, ValueError) as error:
        return _failed(f"{asked.certificate} or its key can't be read: {error}", "give PEM files that this user reads")
    return _of_the_day(found, asked.certificate)


def check_authority(ca_file: Path | None) -> Finding | None:
    """Whether the file of CLAUDE_CLUSTER_CA_FILE can be used; None without one."""
    if ca_file is None:
        return None
    try:
        trusted(ca_file)
    except ConfigurationError as error:
        return Finding.failure("authority", error)
    return Finding(check="authority", verdict="ok", result=str(ca_file))


def _of_the_day(found: x509.Certificate, path: Path) -> Finding:
    now, ends, begins = datetime.now(UTC), found.not_valid_after_utc, found.not_valid_before_utc
    names = ", ".join(_names(found)) or "no host"
    if ends < now:
        return _failed(f"{path} expired on {ends:%Y-%m-%d}", "renew it")
    if begins > now:
        return _failed(f"{path} is not valid before {begins:%Y-%m-%d %H:%M} UTC", "check this machine's clock")
    if names == "no host":
        words = f"{path} names no host (subjectAltName)"
        return _failed(words, "make one with the names that nodes use for this machine")
    if ends - now < _SOON:
        words = f"{path} expires on {ends:%Y-%m-%d}"
        return Finding(check="certificate", verdict="warning", result=words, remedy="renew it")
    return Finding(check="certificate", verdict="ok", result=f"for {names}, until {ends:%Y-%m-%d}")


def _names(found: x509.Certificate) -> list[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]


def _failed(result: str, remedy: str) -> Finding:
    return Finding(check="certificate", verdict="failed", result=result, remedy=remedy)
