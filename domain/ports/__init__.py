"""What agents and proof see of the outside world. Each adapter floor implements some of these."""

from domain.ports.forge import Issues, PullRequests, Rights
from domain.ports.ledger import Breaker, Budget, Cases, Checkpoints, Claims
from domain.ports.repository import Files, History, Workspaces
from domain.ports.running import Environments, Model, Sandbox, Shell
from domain.ports.upkeep import Liveness, Progress, Upkeep

__all__ = [
    "Breaker",
    "Budget",
    "Cases",
    "Checkpoints",
    "Claims",
    "Environments",
    "Files",
    "History",
    "Issues",
    "Liveness",
    "Model",
    "Progress",
    "PullRequests",
    "Rights",
    "Sandbox",
    "Shell",
    "Upkeep",
    "Workspaces",
]
