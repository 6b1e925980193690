"""One process of mini-swe-agent with its own classes and the prompts that it ships; needs the extra `bench`.

`python benchmarks/loop_peer.py URL CALLS` prints a JSON object, as `loop_own.py` does. Its trajectory is
written after every step, as its command line does it.
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", MSWEA_SILENT_STARTUP="1", ANTHROPIC_API_KEY="bench")

import minisweagent
import yaml
from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.litellm_model import LitellmModel

MODEL = "anthropic/claude-sonnet-4-5"


def _run(folder: Path, url: str, calls: int) -> float:
    shipped = yaml.safe_load((Path(minisweagent.__file__).parent / "config" / "mini.yaml").read_text())["agent"]
    began = time.perf_counter()
    model = LitellmModel(
        model_name=MODEL, model_kwargs={"api_base": url}, set_cache_control="default_end", cost_tracking="ignore_errors"
    )
    agent = DefaultAgent(
        model,
        LocalEnvironment(cwd=str(folder)),
        system_template=shipped["system_template"],
        instance_template=shipped["instance_template"],
        step_limit=calls,
        output_path=folder / "trajectory.json",
    )
    agent.run("Solve it.")
    taken = time.perf_counter() - began
    if agent.n_calls != calls:
        raise SystemExit(f"{agent.n_calls} calls")
    return taken


def main() -> None:
    """Work twice, print seconds and memory."""
    url, calls = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        first, later = (_run(Path(folder), url, int(calls)) for _ in range(2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"first_s": first, "later_s": later, "peak_mb": peak}) + "\n")


if __name__ == "__main__":
    main()
