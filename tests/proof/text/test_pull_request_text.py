"""The pull request's title and body."""

from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from domain.case import Case
from domain.change import Submission
from domain.ending import Ending
from domain.issue import Language
from domain.outcome import Outcome
from domain.receipt import Receipt, Tally
from domain.repository import PullRequestRules, RepositoryRules
from domain.review import Finding, Review
from proof.pull_request_text import BODY_LIMIT, BodyMaterial, body, title

type Makes[T] = Callable[[Language], T]
type Compares = Callable[[str, str], None]
