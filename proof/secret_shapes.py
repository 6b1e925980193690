"""What secrets look like: the tokens that services print so that scanners can find them, by service.

Only those that `detectors` does not see, or not in all their forms. The shapes are those that each service
documents or prints today; every quantifier is bounded.
"""

import re

from domain.frozen import Frozen

_TOKEN = "[A-Za-z0-9_-]"  # noqa: S105 - a character class
_WITHIN = r"(?![A-Za-z0-9_-])"
_KEY_HEADERS = r"(?:[A-Za-z-]{2,30}:[^\n]{0,200}\\?n?\s{1,10}){0,4}"


class Shape(Frozen):
    """A kind of secret and the expression that finds it. `sure` means that hardly anything else looks so."""

    kind: str
    pattern: str
    sure: bool = True


SHAPES = (
    Shape(kind="GitHub token", pattern=r"gh[pousr]_[A-Za-z0-9_.-]{36,600}"),
    Shape(kind="GitHub token", pattern=r"github_pat_[A-Za-z0-9_]{50,255}"),
    Shape(kind="GitLab token", pattern=rf"gl(?:pat|dt|rt|ft|imt|ptt|cbt|soat|oas|agent)-{_TOKEN}{{20,1024}}"),
    Shape(kind="Anthropic key", pattern=rf"sk-ant-{_TOKEN}{{20,300}}"),
    Shape(kind="OpenAI key", pattern=rf"sk-(?:proj|svcacct|admin)-{_TOKEN}{{20,300}}"),
    Shape(kind="OpenAI key", pattern=rf"sk-(?:[A-Za-z0-9]{{20}}T3BlbkFJ[A-Za-z0-9]{{20}}|[A-Za-z0-9]{{48}}){_WITHIN}"),
    Shape(kind="Google API key", pattern=rf"AIza{_TOKEN}{{35}}{_WITHIN}"),
    Shape(kind="Google OAuth secret", pattern=rf"GOCSPX-{_TOKEN}{{28}}{_WITHIN}"),
    Shape(kind="Google access token", pattern=rf"ya29\.{_TOKEN}{{40,1000}}"),
    Shape(kind="Slack token", pattern=r"xox[abeoprs]-[A-Za-z0-9-]{10,300}"),
    Shape(kind="Slack token", pattern=r"xapp-\d-[A-Za-z0-9-]{20,300}"),
    Shape(
        kind="Slack webhook",
        pattern=r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]{8,14}/[A-Za-z0-9]{8,14}/[A-Za-z0-9]{20,30}",
    ),
    Shape(kind="Discord webhook", pattern=rf"discord(?:app)?\.com/api/webhooks/\d{{17,20}}/{_TOKEN}{{60,80}}"),
    Shape(kind="Stripe key", pattern=r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}"),
    Shape(kind="Stripe webhook secret", pattern=r"whsec_[A-Za-z0-9+/]{32,100}"),
    Shape(kind="npm token", pattern=rf"npm_[A-Za-z0-9]{{36}}{_WITHIN}"),
    Shape(kind="PyPI token", pattern=rf"pypi-AgE[A-Za-z0-9]{_TOKEN}{{50,500}}"),
    Shape(kind="Docker Hub token", pattern=rf"dckr_(?:pat|oat)_{_TOKEN}{{27,64}}"),
    Shape(
        kind="Azure client secret",
        pattern=rf"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{{3}}\dQ~[A-Za-z0-9_~.-]{{31,34}}{_WITHIN}",
    ),
    Shape(kind="Azure DevOps token", pattern=rf"[A-Za-z0-9]{{76}}AZDO[A-Za-z0-9]{{4}}{_WITHIN}"),
    Shape(kind="Hugging Face token", pattern=rf"hf_[A-Za-z]{{34}}{_WITHIN}"),
    Shape(kind="Telegram bot token", pattern=rf"(?<!\d)\d{{8,10}}:AA{_TOKEN}{{33}}{_WITHIN}"),
    Shape(kind="DigitalOcean token", pattern=r"do[opr]_v1_[a-f0-9]{64}"),
    Shape(kind="Databricks token", pattern=rf"dapi[a-f0-9]{{32}}{_WITHIN}"),
    Shape(kind="HashiCorp Vault token", pattern=rf"hv[sbr]\.{_TOKEN}{{24,300}}"),
    Shape(kind="Shopify token", pattern=r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Shape(kind="Linear key", pattern=r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}"),
    Shape(kind="age key", pattern=r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    Shape(
        kind="private key",
        pattern=r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----"
        rf"[\s\\nr\"'`+,|]{{0,60}}{_KEY_HEADERS}[A-Za-z0-9+/]{{32}}",
    ),
    Shape(
        kind="JSON web token",
        pattern=rf"eyJ[A-Za-z0-9_-]{{10,2000}}\.eyJ[A-Za-z0-9_-]{{10,4000}}\.{_TOKEN}{{10,2000}}",
        sure=False,
    ),
)

# An example key says so, or repeats itself; the last is `"sub":"1234567890"` of the usual example web token.
EXAMPLE = re.compile(r"EXAMPLE|X{6}|0{8}|1234567890|abcdefghij|\*{3}|\.{3}|zdWIiOiIxMjM0NTY3ODkwI", re.IGNORECASE)
EVERY_SHAPE = re.compile("|".join(f"(?P<s{place}>{shape.pattern})" for place, shape in enumerate(SHAPES)))


def shape_of(match: re.Match[str]) -> Shape:
    """Which shape of the table a match of `EVERY_SHAPE` has."""
    return SHAPES[int(str(match.lastgroup)[1:])]
