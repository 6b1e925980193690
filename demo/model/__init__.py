"""A rehearsed model: the Messages API over HTTP, with replies that were written beforehand."""

from demo.model.mishap import Mishap
from demo.model.model import Model
from demo.model.script import Script, load_script

__all__ = ["Mishap", "Model", "Script", "load_script"]
