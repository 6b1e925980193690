"""What agents and proof see of the outside world. Each adapter floor implements some of these."""

from domain.ports.cluster import Dispatch, Nodes, Submissions, Turns
from domain.ports.forge import Issues, PullRequests, Rights
from domain.ports.ledger import Breaker, Budget, Cases, Checkpoints, Claims
from domain.ports.repository import Files, History, Parcels, Workspaces
from domain.ports.running import Environments, Model, Sandbox, Shell
from domain.ports.shares import GivenBack, Offers, Shares
from domain.ports.triggers import Actors, Backlog, Deliveries, Remarks
from domain.ports.upkeep import Liveness, Progress, Upkeep

__all__ = [
    "Actors",
    "Backlog",
    "Breaker",
    "Budget",
    "Cases",
    "Checkpoints",
    "Claims",
    "Deliveries",
    "Dispatch",
    "Environments",
    "Files",
    "GivenBack",
    "History",
    "Issues",
    "Liveness",
    "Model",
    "Nodes",
    "Offers",
    "Parcels",
    "Progress",
    "PullRequests",
    "Remarks",
    "Rights",
    "Sandbox",
    "Shares",
    "Shell",
    "Submissions",
    "Turns",
    "Upkeep",
    "Workspaces",
]
