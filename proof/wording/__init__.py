"""What we write to people, in their language: templates are data, one file a language."""

import tomllib
from functools import cache
from importlib.resources import files

from domain.issue import Issue, Language
from domain.repository import RepositoryRules


class Words:
    """The texts of one language.

    Values that are filled in must already be safe to publish: see `proof.neutral`.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key like `guard.secret` with its placeholders filled in.

        Raises:
            KeyError: no such text, or a placeholder without a value.
        """
        return self._texts[key].format(**values)

    def __contains__(self, key: str) -> bool:
        return key in self._texts


def words_for(rules: RepositoryRules, issue: Issue) -> Words:
    """The repository's own language where its settings name one, else the issue's."""
    return Words(rules.pull_request.language or issue.language)


@cache
def texts(language: Language) -> dict[str, str]:
    """Every text of a language by its key, `table.name`."""
    tables = tomllib.loads((files(__package__) / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{table}.{name}": text for table, content in tables.items() for name, text in content.items()}
