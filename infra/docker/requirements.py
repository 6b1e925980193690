"""What pyproject.toml asks for, with the extras that are named, one a line: a layer of its own that code does not touch."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
wanted = [*project["dependencies"], *(one for name in sys.argv[1:] for one in project["optional-dependencies"][name])]
sys.stdout.write("\n".join(wanted) + "\n")
