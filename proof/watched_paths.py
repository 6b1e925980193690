"""Paths that a change should not touch in passing, as globs that git's ignore files understand."""

from functools import cache

from pathspec import GitIgnoreSpec

# What runs with rights or steers people and agents. Matched without regard to case: so do some file systems.
PROTECTED = (
    ".github/workflows/**",
    ".github/actions/**",
    ".github/dependabot.y*ml",
    "codeowners",
    ".gitmodules",
    ".gitattributes",
    "**/.claude/**",
    "**/.cursor/**",
    ".cursorrules",
    "**/.codex/**",
    "**/.gemini/**",
    "**/.windsurf/**",
    ".github/copilot-instructions.md",
    ".github/instructions/**",
    ".github/prompts/**",
    ".github/chatmodes/**",
    ".github/agents/**",
    ".mcp.json",
    ".aider*",
    "**/.agents/**",
    "**/.amazonq/**",
    "**/.augment/**",
    ".clinerules*",
    "**/.continue/**",
    ".goosehints",
    "**/.junie/**",
    "**/.kiro/**",
    "**/.opencode/**",
    "**/.roo/**",
    ".roorules*",
    "**/.trae/**",
    ".windsurfrules",
    "**/.zed/**",
    "opencode.json*",
    "agents.md",
    "claude.md",
    "gemini.md",
    "/.claude-cluster.toml",
    ".gitea/workflows/**",
    ".forgejo/workflows/**",
    ".gitlab-ci.yml",
    ".gitlab/ci/**",
    ".circleci/**",
    ".travis.yml",
    ".buildkite/**",
    ".drone.yml",
    ".woodpecker/**",
    ".woodpecker.y*ml",
    "azure-pipelines*.yml",
    "bitbucket-pipelines.yml",
    "jenkinsfile*",
    "appveyor.yml",
    ".cirrus.yml",
    ".semaphore/**",
    ".teamcity/**",
    ".tekton/**",
    ".mergify.yml",
    "renovate.json*",
    ".renovaterc*",
    "codecov.yml",
    ".codecov.yml",
    "cloudbuild.y*ml",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    "lefthook.y*ml",
    ".githooks/**",
    ".husky/**",
    ".devcontainer/**",
    ".vscode/tasks.json",
    ".vscode/settings.json",
    ".vscode/launch.json",
    ".vscode/mcp.json",
    ".idea/runconfigurations/**",
    ".envrc",
)
# What is installed, and from where.
LOCKS = (
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pipfile.lock",
    "pylock*.toml",
    "go.sum",
    "go.work.sum",
    "cargo.lock",
    "gemfile.lock",
    "composer.lock",
    "gradle.lockfile",
    "packages.lock.json",
    "mix.lock",
    "pubspec.lock",
    "package.resolved",
    "podfile.lock",
    "flake.lock",
)
MANIFESTS = (
    *LOCKS,
    "package.json",
    "pnpm-workspace.yaml",
    ".npmrc",
    ".yarnrc*",
    "bunfig.toml",
    "deno.json*",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "requirements*.in",
    "requirements/*.txt",
    "constraints*.txt",
    "pipfile",
    "environment.y*ml",
    "pip.conf",
    "uv.toml",
    "go.mod",
    "go.work",
    "cargo.toml",
    ".cargo/config*",
    "gemfile",
    "*.gemspec",
    "composer.json",
    "pom.xml",
    "build.gradle*",
    "settings.gradle*",
    "gradle/wrapper/**",
    "gradle/libs.versions.toml",
    "build.sbt",
    "*.csproj",
    "*.fsproj",
    "directory.packages.props",
    "packages.config",
    "nuget.config",
    "mix.exs",
    "pubspec.yaml",
    "package.swift",
    "podfile",
    "flake.nix",
)


def is_protected(path: str, own: tuple[str, ...]) -> bool:
    """Whether a path is protected; the repository's own globs come last, and `!` takes protection away."""
    said = GitIgnoreSpec.from_lines(own).check_file(path).include
    return _spec(PROTECTED).match_file(path.lower()) if said is None else said


def is_manifest(path: str) -> bool:
    """Whether a path says what is installed."""
    return _spec(MANIFESTS).match_file(path.lower())


def is_lock(path: str) -> bool:
    """Whether a path is written by a package manager; its lines are not counted against anybody."""
    return _spec(LOCKS).match_file(path.lower())


@cache
def _spec(globs: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(globs)
