"""Every pool and every deployment; what is registered and what prefect.yaml says both come from here."""

from agents.specialist import load_specialists
from domain.frozen import Frozen

ENTRYPOINT = "flows.issue_to_pr.issue_to_pr"
FLOW_NAME = "issue-to-pr"
DISPATCH = "dispatch"


class Pool(Frozen):
    """A work pool: a queue that the nodes of one specialty serve."""

    name: str
    description: str


class Deployment(Frozen):
    """One deployment of the flow `issue-to-pr`; `parameters` are the defaults it adds."""

    name: str
    pool: str
    description: str
    specialist: str | None = None
    tags: tuple[str, ...] = ()


def pools() -> tuple[Pool, ...]:
    """`dispatch`, and one pool for each bundled specialist."""
    return (
        Pool(name=DISPATCH, description="Issues whose specialist is not chosen yet"),
        *(Pool(name=one.name, description=f"Issues for the {one.title}") for one in load_specialists()),
    )


def deployments() -> tuple[Deployment, ...]:
    """`auto`, and one deployment for each bundled specialist."""
    auto = Deployment(name="auto", pool=DISPATCH, description="Takes an issue; the best specialist works on it.")
    each = (
        Deployment(
            name=one.name,
            pool=one.name,
            description=f"Takes an issue; the {one.title} works on it.",
            specialist=one.name,
            tags=(f"specialist:{one.name}",),
        )
        for one in load_specialists()
    )
    return (auto, *each)
