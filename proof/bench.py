"""The test bench: prepares a case's workspace and environment, and runs tests in clean checkouts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain.case import Case
from domain.change import Change
from domain.command import Place
from domain.errors import BadWork, EnvironmentFailed
from domain.frozen import Frozen
from domain.manifest_names import is_manifest
from domain.ports import Environments, Files, History, Sandbox, Workspaces
from domain.report import TestReport
from domain.repository import RepositoryRules
from domain.workspace import Overlay, Workspace
from proof.detection.detect import detect
from proof.plan import TestPlan
from proof.rules import parse_rules
from proof.run_tests import run_tests

RULES_FILE = ".claude-cluster.toml"


class Prepared(Frozen):
    """A case ready to be worked on. `plan` is None without tests; `note` says what went wrong but not badly.

    `files` are the base's paths that are on disk; `left_out` those that are not, in a sparse checkout.
    """

    workspace: Workspace
    rules: RepositoryRules
    plan: TestPlan | None
    environment: Path | None
    files: tuple[str, ...]
    note: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """What the agent's sandbox shows."""
        objects = self.workspace.clone / "objects"
        return Place(
            workspace=self.workspace.path,
            environment=self.environment,
            read_only=(objects,),
            network=self.rules.tests.network,
        )


@dataclass(frozen=True)
class Bench:
    """The ports that judging needs; `files` opens a folder confined.

    `installed` holds the environments of trees whose manifests a change has touched, by tree.
    """

    workspaces: Workspaces
    history: History
    sandbox: Sandbox
    environments: Environments
    files: Callable[[Path], Files]
    installed: dict[str, Path | None] = field(default_factory=dict)

    async def prepare(self, case: Case) -> Prepared:
        """The workspace at the base, the repository's own settings, how its tests run, and what they need.

        Raises:
            ConfigurationError: the repository's settings file is wrong.
        """
        workspace = await self.workspaces.prepare(case)
        rules = parse_rules(await self.history.read(workspace, RULES_FILE))
        every = await self.history.files(workspace)
        files = workspace.cone.held(every) if workspace.cone else every
        left_out = tuple(sorted(set(every).difference(files)))
        base = await self.workspaces.checkout(workspace, case.base_sha, "base")
        plan = detect(files, self._reader(base), rules.tests)
        note = ""
        try:
            environment = await self.environments.environment(base, rules.tests.setup)
        except EnvironmentFailed as error:
            environment, note = None, str(error)
        return Prepared(
            workspace=workspace,
            rules=rules,
            plan=plan,
            environment=environment,
            files=files,
            note=note,
            left_out=left_out,
        )

    async def base_report(self, prepared: Prepared) -> TestReport | None:
        """The base's tests on the base; None if it has none."""
        if prepared.plan is None:
            return None
        return await self.run(prepared, prepared.plan, prepared.workspace.case.base_sha, "base")

    async def run(
        self,
        prepared: Prepared,
        plan: TestPlan,
        tree: str,
        name: str,
        overlay: Overlay | None = None,
        only: tuple[str, ...] = (),
    ) -> TestReport:
        """Tests in a clean checkout of a tree, in a sandbox of its own."""
        folder = await self.workspaces.checkout(prepared.workspace, tree, name, overlay)
        environment = self.installed.get(tree, prepared.environment)
        place = Place(workspace=folder, environment=environment, network=prepared.rules.tests.network)
        return await run_tests(self.sandbox, place, plan, only)

    async def head_plan(self, prepared: Prepared, change: Change) -> TestPlan | None:
        """How the changed tree's tests run: as on the base, else as its new tests ask for.

        What changed manifests ask for is installed here, for all runs on that tree.
        """
        if any(is_manifest(path) for file in change.files for path in (file.path, file.old_path) if path):
            self.installed[change.tree] = await self._as_changed(prepared, change)
        if prepared.plan is not None:
            return prepared.plan
        gone = {file.path for file in change.files if file.status == "deleted"}
        new = [file.path for file in change.files if file.path not in gone]
        files = sorted({*prepared.files, *new} - gone)
        head = await self.workspaces.checkout(prepared.workspace, change.tree, "head")
        return detect(files, self._reader(head), prepared.rules.tests)

    async def _as_changed(self, prepared: Prepared, change: Change) -> Path | None:
        """Nobody has looked at these manifests yet: no script of a package runs, or the base's environment stays."""
        head = await self.workspaces.checkout(prepared.workspace, change.tree, "head")
        try:
            return await self.environments.environment(head, prepared.rules.tests.setup, scripts=False)
        except EnvironmentFailed:
            return prepared.environment

    def _reader(self, folder: Path) -> Callable[[str], bytes | None]:
        files = self.files(folder)

        def read(path: str) -> bytes | None:
            try:
                return files.read(path)
            except BadWork:
                return None

        return read
