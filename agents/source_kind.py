"""What kind of file a path is, and how likely that kind changes for an issue."""

import re
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["code", "style", "test", "docs", "config", "pipeline", "example", "translation", "data", "lock", "generated"]

_WORTH: dict[Kind, float] = {
    "code": 1.0,
    "style": 0.75,
    "test": 0.3,
    "docs": 0.25,
    "config": 0.4,
    "pipeline": 0.45,
    "example": 0.3,
    "translation": 0.3,
    "data": 0.12,
    "lock": 0.03,
    "generated": 0.04,
}
_WANTED = 1.15
_LOCK_NAMES = frozenset(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock pipfile.lock uv.lock cargo.lock go.sum "
    "composer.lock gemfile.lock packages.lock.json mix.lock bun.lockb flake.lock pubspec.lock podfile.lock".split()
)
_FOLDERS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (
        "generated",
        frozenset(
            "node_modules vendor vendored third_party thirdparty dist build out target __pycache__ .next generated "
            "__snapshots__ coverage site-packages bower_components .venv venv _vendor".split()
        ),
    ),
    ("pipeline", frozenset((".github", ".circleci", ".gitlab", "charts", "helm", "k8s", "terraform", "ansible", "deploy"))),
    ("test", frozenset("tests test __tests__ spec specs e2e testing testdata fixtures __mocks__ cypress it androidtest".split())),
    ("docs", frozenset("docs doc documentation website wiki man".split())),
    ("example", frozenset("examples example samples sample demo demos tutorials benchmarks benchmark".split())),
    ("translation", frozenset("locale locales i18n translations lang langs l10n messages".split())),
)
_TEST_NAME = re.compile(r"(?:^test_|_tests?\.|\.(?:test|spec|stories|cy)\.|_spec\.|^conftest\.py$|[a-z0-9](?:Tests?|Spec|IT)\.)")
_PIPELINE_NAME = re.compile(r"^(?:.*dockerfile.*|.*compose.*\.ya?ml|makefile|jenkinsfile|\.gitlab-ci\.yml|\.travis\.yml|.*\.tf)$")
_DOCS = frozenset((".md", ".mdx", ".rst", ".adoc", ".txt", ".org", ".pod", ".texi"))
_STYLE = frozenset((".css", ".scss", ".sass", ".less", ".styl"))
_CONFIG = frozenset((".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".xml", ".env", ".gradle", ".plist"))
_DATA = frozenset((".csv", ".tsv", ".svg", ".ipynb", ".geojson", ".ndjson", ".jsonl", ".log", ".snap", ".har", ".pem", ".sample"))
_TRANSLATION = frozenset((".po", ".pot", ".mo", ".arb", ".resx", ".strings"))
_ABOUT: tuple[tuple[tuple[Kind, ...], re.Pattern[str]], ...] = (
    (
        ("test",),
        re.compile(r"\b(?:tests?|testing|flaky|specs?|e2e|coverage|fixtures?|pytest|jest|unittests?|cypress|playwright)\b|テスト"),
    ),
    (
        ("docs", "example"),
        re.compile(
            r"\b(?:docs?|documentation|readme|changelog|tutorial|guide|typos?|docstrings?|examples?|contributing|license)\b"
            r"|ドキュメント|誤字|説明|手順書|マニュアル"
        ),
    ),
    (
        ("pipeline", "config"),
        re.compile(
            r"\b(?:docker\w*|ci|cd|workflows?|github actions?|compose|helm|kubernetes|k8s|deploy\w*|pipelines?|makefile|terraform"
            r"|build|release|chart|dependabot|renovate|lint\w*|dependenc\w+|packag\w+)\b|デプロイ|ビルド|コンテナ|環境構築|リリース"
        ),
    ),
    (("config",), re.compile(r"\b(?:config\w*|settings?|manifest|package\.json|pyproject|eslint\w*|tsconfig)\b|設定ファイル")),
    (("style",), re.compile(r"\b(?:css|style\w*|colou?rs?|theme|dark mode|layout|font|margin|padding|overflow\w*)\b|色|デザイン|崩れ|レイアウト")),
    (("translation",), re.compile(r"\b(?:translat\w+|i18n|l10n|locali[sz]ation|locales?)\b|翻訳|多言語")),
)


def kind_of(path: str) -> Kind:
    """The kind of the file at a relative POSIX path, by its folders, name and ending."""
    pure = PurePosixPath(path)
    name, suffix = pure.name.lower(), pure.suffix.lower()
    if name in _LOCK_NAMES or suffix == ".lock":
        return "lock"
    if ".min." in name or name.endswith((".map", "_pb2.py", ".pb.go", ".g.dart", ".designer.cs", ".d.ts.map")):
        return "generated"
    folders = {part.lower() for part in pure.parts[:-1]}
    for kind, names in _FOLDERS:
        if folders & names and not (kind == "generated" and _is_source(pure)):
            return kind
    return _kind_of_name(pure.name, suffix)


def _is_source(pure: PurePosixPath) -> bool:
    """`build/` and the like below the sources are modules of that name, not output."""
    return bool({"src", "lib", "internal", "pkg", "app"} & set(pure.parts[:-1])) and "node_modules" not in pure.parts


def _kind_of_name(name: str, suffix: str) -> Kind:
    if _TEST_NAME.search(name):
        return "test"
    if _PIPELINE_NAME.match(name.lower()):
        return "pipeline"
    by_suffix: tuple[tuple[Kind, frozenset[str]], ...] = (
        ("docs", _DOCS),
        ("style", _STYLE),
        ("config", _CONFIG),
        ("data", _DATA),
        ("translation", _TRANSLATION),
    )
    for kind, suffixes in by_suffix:
        if suffix in suffixes:
            return kind
    return "code" if suffix else "config"


def wanted_kinds(title: str) -> frozenset[Kind]:
    """The kinds besides code that a title is about."""
    folded = title.casefold()
    return frozenset(kind for kinds, words in _ABOUT if words.search(folded) for kind in kinds)


def worth(kind: Kind, wanted: frozenset[Kind]) -> float:
    """The factor for a file of that kind: above 1 if the issue is about it, 1 for code, less for the rest."""
    return _WANTED if kind in wanted else _WORTH[kind]
