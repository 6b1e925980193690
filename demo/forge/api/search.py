"""Search for issues and pull requests: the qualifiers that a client of one repository needs."""

import re
from collections.abc import Callable

from demo.forge.accounts import allows
from demo.forge.api import shapes
from demo.forge.api.answer import Answer, Refusal
from demo.forge.api.call import Call
from demo.forge.records import Issue, Repository

_TERM = re.compile(r'(-?)(?:([a-z]+):)?("[^"]*"|\S+)')


def issues(call: Call) -> Answer:
    """GET /search/issues."""
    query = call.query.get("q", "")
    if not query.strip():
        raise Refusal(422, "Validation Failed", [{"resource": "Search", "field": "q", "code": "missing"}])
    terms = [(minus == "-", key, value.strip('"').lower()) for minus, key, value in _TERM.findall(query)]
    found = []
    for repository in call.store.repositories.values():
        if not allows(call.right(repository), "read"):
            continue
        for item in call.store.issues(repository).values():
            call.store.follow(repository, item)
            if all(_fits(repository, item, key, value, terms) != minus for minus, key, value in terms):
                found.append((repository, item))
    found.sort(key=lambda pair: (pair[1].created_at, pair[1].number), reverse=True)
    items = [shapes.issue(call.store, repository, item) | {"score": 1.0} for repository, item in found]
    return Answer({"total_count": len(items), "incomplete_results": False, "items": items})


def _is(item: Issue, value: str) -> bool:
    facts = {
        "pr": item.pull is not None,
        "issue": item.pull is None,
        "open": item.state == "open",
        "closed": item.state == "closed",
        "merged": item.pull is not None and item.pull.merged_at is not None,
        "draft": item.pull is not None and item.pull.draft,
        "locked": item.locked,
    }
    return facts.get(value, False)


_QUALIFIERS: dict[str, Callable[[Repository, Issue, str], bool]] = {
    "repo": lambda repository, _item, value: repository.full_name.lower() == value,
    "org": lambda repository, _item, value: repository.owner.lower() == value,
    "user": lambda repository, _item, value: repository.owner.lower() == value,
    "is": lambda _repository, item, value: _is(item, value),
    "type": lambda _repository, item, value: _is(item, value),
    "state": lambda _repository, item, value: item.state == value,
    "draft": lambda _repository, item, value: item.pull is not None and str(item.pull.draft).lower() == value,
    "author": lambda _repository, item, value: item.author.lower() == value,
    "assignee": lambda _repository, item, value: value in {login.lower() for login in item.assignees},
    "label": lambda _repository, item, value: value in {name.lower() for name in item.labels},
    "head": lambda _repository, item, value: item.pull is not None and item.pull.head.lower().startswith(value),
    "base": lambda _repository, item, value: item.pull is not None and item.pull.base.lower() == value,
    "in": lambda _repository, _item, _value: True,
    "sort": lambda _repository, _item, _value: True,
}


def _fits(repository: Repository, item: Issue, key: str, value: str, terms: list[tuple[bool, str, str]]) -> bool:
    if key in _QUALIFIERS:
        return _QUALIFIERS[key](repository, item, value)
    word = f"{key}:{value}" if key else value
    places = {place for _, name, value in terms if name == "in" for place in value.split(",")} or {"title", "body"}
    texts = {"title": item.title, "body": item.body, "comments": "\n".join(note.body for note in item.comments)}
    return any(word in texts[place].lower() for place in places & texts.keys())
