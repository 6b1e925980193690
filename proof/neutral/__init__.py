"""Text that a model, an issue or a repository wrote, made safe to publish under our name.

Markdown is parsed and written anew, so that only what is written here can be in it: no mention rings
anybody, no keyword closes an issue, nothing is hidden, no image is fetched, no link leads astray.
GitHub reads mentions and references after Markdown is rendered, where escapes and entities are gone;
it leaves code alone, so code is what they become.
"""

from proof.neutral.blocks import markdown
from proof.neutral.code import code, fence
from proof.neutral.inline import sentence
from proof.neutral.links import Links
from proof.neutral.plain import line, plain
from proof.neutral.visible import cut, visible

__all__ = ["Links", "code", "cut", "fence", "line", "markdown", "plain", "sentence", "visible"]
