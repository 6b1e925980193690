"""Every pool and every deployment; what is registered and what prefect.yaml says both come from here."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from agents.specialist import load_specialists
from domain.frozen import Frozen

DISPATCH = "dispatch"
Kind = Literal["process", "docker"]
FlowName = Literal["issue-to-pr", "specialist-share", "backlog-sweep", "self-check"]
ENTRYPOINTS: dict[FlowName, str] = {
    "issue-to-pr": "flows.issue_to_pr.issue_to_pr",
    "specialist-share": "flows.specialist_share.specialist_share",
    "backlog-sweep": "flows.backlog_sweep.backlog_sweep",
    "self-check": "flows.self_check.self_check",
}


class Pool(Frozen):
    """A work pool: a queue that the nodes of one specialty serve."""

    name: str
    description: str
    kind: Kind = "process"


class Deployment(Frozen):
    """One deployment of a flow; `parameters` are the defaults it adds, `cron` is in UTC."""

    flow: FlowName
    name: str
    pool: str
    description: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    cron: str | None = None


_NEEDS = "needs:"


def needs_tag(toolchain: str) -> str:
    """The tag of a run that only a node with this toolchain should take."""
    return f"{_NEEDS}{toolchain}"


def needs_of(tags: Iterable[str]) -> frozenset[str]:
    """The toolchains that a run's tags name."""
    return frozenset(tag.removeprefix(_NEEDS) for tag in tags if tag.startswith(_NEEDS))


def pool_of(specialist: str, kind: Kind = "process") -> str:
    """The pool of a specialist, in a cluster of this type."""
    return specialist if kind == "process" else f"{specialist}-{kind}"


def kind_of(pool: str) -> Kind:
    """The type of a pool, by its name."""
    return "docker" if pool.endswith("-docker") else "process"


def pools(kind: Kind = "process") -> tuple[Pool, ...]:
    """`dispatch`, which the coordinator serves itself, and one pool for each bundled specialist."""
    return (
        Pool(name=DISPATCH, description="Issues whose specialist is not chosen yet"),
        *(
            Pool(name=pool_of(one.name, kind), description=f"Issues for the {one.title}", kind=kind)
            for one in load_specialists()
        ),
    )


def deployments(kind: Kind = "process") -> tuple[Deployment, ...]:
    """`issue-to-pr/auto`, the nightly sweep, and for each bundled specialist its work, its parts and its check."""
    auto = Deployment(
        flow="issue-to-pr", name="auto", pool=DISPATCH, description="Takes an issue; the best specialist works on it."
    )
    sweep = Deployment(
        flow="backlog-sweep",
        name="nightly",
        pool=DISPATCH,
        description="Starts work on labelled open issues that nobody has taken up.",
        cron="0 2 * * *",
    )
    each = (
        Deployment(
            flow="issue-to-pr",
            name=one.name,
            pool=pool_of(one.name, kind),
            description=f"Takes an issue; the {one.title} works on it.",
            parameters={"specialist": one.name},
            tags=(f"specialist:{one.name}",),
        )
        for one in load_specialists()
    )
    shares = (
        Deployment(
            flow="specialist-share",
            name=one.name,
            pool=pool_of(one.name, kind),
            description=f"A part of an issue for the {one.title}, beside the rest; started by the coordinator.",
            tags=(f"specialist:{one.name}",),
        )
        for one in load_specialists()
    )
    checks = (
        Deployment(
            flow="self-check",
            name=one.name,
            pool=pool_of(one.name, kind),
            description=f"Checks a node that serves the {one.title}: sandbox, git, model.",
        )
        for one in load_specialists()
    )
    return (auto, sweep, *each, *shares, *checks)
