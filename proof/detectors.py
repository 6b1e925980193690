"""The detectors of Yelp's detect-secrets for tokens that our own shapes do not know.

Of its plugins only the patterns are used, nothing is verified with any service. Left out are those that our
shapes see better (npm's takes quadratic time, OpenAI's and GitHub's know no newer tokens) and the generic ones
(words, entropy, addresses), which `assignments` does with fewer false alarms. The library loads at first use.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from domain.frozen import Frozen
from proof.assignments import looks_drawn


class Detected(Frozen):
    """A token that a detector saw, with its offset in the text."""

    kind: str
    offset: int
    token: str
    sure: bool


class _Detector(Frozen):
    module: str
    name: str
    kind: str
    sure: bool = True


_DETECTORS = (
    _Detector(module="aws", name="AWSKeyDetector", kind="AWS key"),
    _Detector(module="azure_storage_key", name="AzureStorageKeyDetector", kind="Azure storage key"),
    _Detector(module="mailchimp", name="MailchimpDetector", kind="Mailchimp key"),
    _Detector(module="sendgrid", name="SendGridDetector", kind="SendGrid key"),
    _Detector(module="square_oauth", name="SquareOAuthDetector", kind="Square secret"),
    _Detector(module="discord", name="DiscordBotTokenDetector", kind="Discord token", sure=False),
    _Detector(module="twilio", name="TwilioKeyDetector", kind="Twilio key", sure=False),
    _Detector(module="artifactory", name="ArtifactoryDetector", kind="Artifactory token", sure=False),
    _Detector(module="cloudant", name="CloudantDetector", kind="Cloudant key", sure=False),
    _Detector(module="ibm_cloud_iam", name="IbmCloudIamDetector", kind="IBM Cloud key", sure=False),
    _Detector(module="ibm_cos_hmac", name="IbmCosHmacDetector", kind="IBM Cloud key", sure=False),
    _Detector(module="softlayer", name="SoftlayerDetector", kind="SoftLayer key", sure=False),
)


def detected(text: str) -> Iterator[Detected]:
    """All tokens, line by line; those that may be anything only where they look drawn by a machine."""
    offset = 0
    for line in text.splitlines(keepends=True):
        for detector in _DETECTORS:
            for token in _loaded(detector.module, detector.name).analyze_string(line):
                if detector.sure or looks_drawn(token):
                    at = offset + max(line.find(token), 0)
                    yield Detected(kind=detector.kind, offset=at, token=token, sure=detector.sure)
        offset += len(line)


def warm() -> None:
    """Load the library now, in a process that many runs are forked from."""
    for detector in _DETECTORS:
        _loaded(detector.module, detector.name)


@cache
def _loaded(module: str, name: str) -> Any:
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
