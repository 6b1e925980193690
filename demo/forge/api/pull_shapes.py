"""Pull requests, reviews, commits and files as the API shows them."""

from typing import Any

from demo.forge.api.shapes import issue, repository, user, when
from demo.forge.bare import Commit, Signature
from demo.forge.patch import FilePatch, parse_diff
from demo.forge.records import Issue, LineComment, Pull, Repository, Review
from demo.forge.store import Store

Json = dict[str, Any]
_LARGEST_PATCH = 400_000


def base_sha(one: Repository, pull: Pull) -> str:
    """The base: as it is now, or as it was when the pull request ended."""
    return pull.base_sha if pull.merged_at else one.git.branch_sha(pull.base) or pull.base_sha


def files(one: Repository, pull: Pull) -> tuple[FilePatch, ...]:
    """What the pull request changes."""
    return parse_diff(one.git.diff(base_sha(one, pull), pull.head_sha))


def commits(one: Repository, pull: Pull) -> tuple[Commit, ...]:
    """What the pull request adds, oldest first."""
    return tuple(reversed(one.git.commits(f"{base_sha(one, pull)}..{pull.head_sha}")))


def _side(store: Store, one: Repository, branch: str, sha: str, login: str) -> Json:
    return {
        "label": f"{one.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(store, one.owner),
        "repo": repository(store, one, login),
    }


def pull_request(store: Store, one: Repository, item: Issue, login: str) -> Json:
    """A pull request as a list shows it."""
    pull = item.pull
    if pull is None:
        msg = f"#{item.number} is no pull request"
        raise ValueError(msg)
    url = f"{store.url}/api/v3/repos/{one.full_name}/pulls/{item.number}"
    html_url = f"{store.url}/{one.full_name}/pull/{item.number}"
    shape = issue(store, one, item)
    for name in ("comments", "closed_by", "state_reason", "repository_url", "pull_request"):
        del shape[name]
    return shape | {
        "id": pull.id,
        "url": url,
        "html_url": html_url,
        "diff_url": f"{html_url}.diff",
        "issue_url": f"{store.url}/api/v3/repos/{one.full_name}/issues/{item.number}",
        "draft": pull.draft,
        "head": _side(store, one, pull.head, pull.head_sha, login),
        "base": _side(store, one, pull.base, base_sha(one, pull), login),
        "requested_reviewers": [user(store, reviewer) for reviewer in pull.reviewers],
        "requested_teams": [],
        "merged_at": when(pull.merged_at),
        "merge_commit_sha": pull.merge_sha or None,
        "auto_merge": None,
    }


def whole_pull_request(store: Store, one: Repository, item: Issue, login: str) -> Json:
    """A pull request as it is shown alone: with figures, and whether it could be merged."""
    shape = pull_request(store, one, item, login)
    pull = item.pull
    if pull is None:
        return shape
    changed = files(one, pull)
    mergeable = None
    if item.state == "open":
        mergeable = one.git.merged_tree(base_sha(one, pull), pull.head_sha) is not None
    return shape | {
        "merged": pull.merged_at is not None,
        "merged_by": user(store, pull.merged_by) if pull.merged_by else None,
        "mergeable": mergeable,
        "mergeable_state": _mergeable_state(mergeable, draft=pull.draft),
        "rebaseable": mergeable,
        "comments": len(item.comments),
        "review_comments": sum(len(review.comments) for review in pull.reviews),
        "maintainer_can_modify": False,
        "commits": len(commits(one, pull)),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }


def _mergeable_state(mergeable: bool | None, *, draft: bool) -> str:  # noqa: FBT001  # GitHub's own third value
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    return "draft" if draft else "clean"


def changed_file(store: Store, one: Repository, pull: Pull, file: FilePatch) -> Json:
    """One file of a pull request; a very large patch is left out, as a binary file's is."""
    where = f"{one.full_name}/blob/{pull.head_sha}/{file.path}"
    shape: Json = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{store.url}/{where}",
    }
    if file.patch and len(file.patch) <= _LARGEST_PATCH:
        shape["patch"] = file.patch
    if file.status == "renamed":
        shape["previous_filename"] = file.old_path
    return shape


def commit(store: Store, one: Repository, made: Commit) -> Json:
    """A commit; its people are not looked up, so `author` and `committer` are null."""
    url = f"{store.url}/api/v3/repos/{one.full_name}/commits/{made.sha}"
    return {
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "url": url,
        "html_url": f"{store.url}/{one.full_name}/commit/{made.sha}",
        "commit": {
            "message": made.message,
            "author": _signature(made.author),
            "committer": _signature(made.committer),
            "tree": {"sha": made.tree},
        },
        "author": None,
        "committer": None,
        "parents": [{"sha": parent} for parent in made.parents],
    }


def _signature(signature: Signature) -> Json:
    return {"name": signature.name, "email": signature.email, "date": signature.date}


def review(store: Store, one: Repository, item: Issue, given: Review) -> Json:
    """A review without its comments on lines."""
    page = f"{store.url}/{one.full_name}/pull/{item.number}"
    return {
        "id": given.id,
        "node_id": f"PRR_{given.id}",
        "user": user(store, given.author),
        "body": given.body,
        "state": given.state,
        "commit_id": given.commit,
        "submitted_at": when(given.created_at),
        "html_url": f"{page}#pullrequestreview-{given.id}",
        "pull_request_url": f"{store.url}/api/v3/repos/{one.full_name}/pulls/{item.number}",
    }


def line_comment(store: Store, one: Repository, item: Issue, given: Review, note: LineComment) -> Json:
    """A review comment on a line."""
    return {
        "id": note.id,
        "node_id": f"PRRC_{note.id}",
        "pull_request_review_id": given.id,
        "user": user(store, note.author),
        "body": note.body,
        "path": note.path,
        "line": note.line,
        "side": note.side,
        "subject_type": "line" if note.line else "file",
        "commit_id": note.commit,
        "created_at": when(note.created_at),
        "updated_at": when(note.created_at),
        "html_url": f"{store.url}/{one.full_name}/pull/{item.number}#discussion_r{note.id}",
    }
