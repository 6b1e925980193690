"""Pull requests: opened, listed, changed, merged."""

from demo.forge.api.answer import BODY_LIMIT, Answer, Refusal, forbidden, invalid, too_long
from demo.forge.api.call import Call
from demo.forge.api.issues import change, chosen, everyone
from demo.forge.api.pull_shapes import changed_file, commit, commits, files, pull_request, whole_pull_request
from demo.forge.bare import Signature
from demo.forge.records import Issue, Pull, Repository
from demo.forge.store import closed_by


def listing(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls, by state, head (`owner:branch`) and base."""
    repository = call.repository()
    head, base = call.query.get("head"), call.query.get("base")
    kept = [
        item
        for item in chosen(call, everyone(call, repository))
        if item.pull
        and (not base or item.pull.base == base)
        and (not head or ":" not in head or head.lower() == f"{repository.owner}:{item.pull.head}".lower())
    ]
    return Answer([pull_request(call.store, repository, item, call.login) for item in kept])


def show(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}."""
    repository = call.repository()
    item, _ = call.pull(repository)
    return Answer(whole_pull_request(call.store, repository, item, call.login))


def create(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/pulls."""
    repository = call.repository("write", "pull_requests")
    base, head = call.text("base", "PullRequest"), call.text("head", "PullRequest").removeprefix(f"{repository.owner}:")
    title, body = call.text("title", "PullRequest"), call.field("body") or ""
    if len(body) > BODY_LIMIT:
        raise too_long("Issue", "body")
    base_sha, head_sha = _tips(call, repository, base, head)
    pull = Pull(call.store.next_id(), head, base, head_sha, base_sha, draft=call.field("draft") is True)
    item = call.store.open_issue(repository, call.login, title, body, pull)
    repository.git.set_ref(f"refs/pull/{item.number}/head", head_sha)
    return Answer(whole_pull_request(call.store, repository, item, call.login), 201)


def _tips(call: Call, repository: Repository, base: str, head: str) -> tuple[str, str]:
    base_sha, head_sha = repository.git.branch_sha(base), repository.git.branch_sha(head)
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    for item in everyone(call, repository):
        if item.pull and item.state == "open" and (item.pull.head, item.pull.base) == (head, base):
            raise _custom(f"A pull request already exists for {repository.owner}:{head}.")
    if repository.git.is_ancestor(head_sha, base_sha):
        raise _custom(f"No commits between {base} and {head}")
    return base_sha, head_sha


def _custom(message: str) -> Refusal:
    return Refusal(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])


def update(call: Call) -> Answer:
    """PATCH /repos/{owner}/{repo}/pulls/{number}: title, body, state, base. REST knows no way to un-draft."""
    repository = call.repository("read", "pull_requests")
    item, pull = call.pull(repository)
    if not call.may(repository, "write") and item.author != call.login:
        raise forbidden()
    base = call.field("base")
    if base and repository.git.branch_sha(base) is None:
        raise invalid("PullRequest", "base", "invalid")
    if pull.merged_at and call.field("state") == "open":
        raise _custom("state cannot be changed. The pull request cannot be reopened.")
    change(call, item)
    pull.base = base or pull.base
    return Answer(whole_pull_request(call.store, repository, item, call.login))


def changed_files(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/files."""
    repository = call.repository()
    _, pull = call.pull(repository)
    return Answer([changed_file(call.store, repository, pull, file) for file in files(repository, pull)])


def commit_list(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/commits, oldest first."""
    repository = call.repository()
    _, pull = call.pull(repository)
    return Answer([commit(call.store, repository, made) for made in commits(repository, pull)])


def is_merged(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/merge."""
    _, pull = call.pull(call.repository())
    if pull.merged_at is None:
        raise Refusal(404, "Not Found")
    return Answer(None, 204)


def merge(call: Call) -> Answer:
    """PUT /repos/{owner}/{repo}/pulls/{number}/merge: merge or squash; closes what the body says it closes."""
    repository = call.repository("write", "contents")
    item, pull = call.pull(repository)
    if item.state == "closed" or pull.draft:
        raise Refusal(405, "Pull Request is still a draft" if pull.draft else "Pull Request is not mergeable")
    if call.field("sha") not in {None, pull.head_sha}:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    base_sha = repository.git.branch_sha(pull.base) or pull.base_sha
    tree = repository.git.merged_tree(base_sha, pull.head_sha)
    if tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    _land(call, repository, item, base_sha, tree)
    return Answer({"sha": pull.merge_sha, "merged": True, "message": "Pull Request successfully merged"})


def _land(call: Call, repository: Repository, item: Issue, base_sha: str, tree: str) -> None:
    pull = item.pull
    if pull is None:
        return
    now = call.store.now()
    signature = Signature(call.login, f"{call.login}@users.noreply.rehearsal", now.isoformat())
    squash = call.field("merge_method") == "squash"
    heading = f"{item.title} (#{item.number})" if squash else f"Merge pull request #{item.number} from {pull.head}"
    parents = (base_sha,) if squash else (base_sha, pull.head_sha)
    pull.merge_sha = repository.git.commit_tree(tree, parents, f"{heading}\n\n{item.title}\n", signature)
    repository.git.set_ref(f"refs/heads/{pull.base}", pull.merge_sha)
    pull.base_sha, pull.merged_at, pull.merged_by = base_sha, now, call.login
    call.store.event(item, "merged", call.login, commit_id=pull.merge_sha)
    call.store.set_state(item, "closed", call.login)
    if pull.base == repository.default_branch:
        for number in closed_by(f"{item.title}\n{item.body}"):
            target = call.store.issues(repository).get(number)
            if target is not None and target.pull is None:
                call.store.set_state(target, "closed", call.login)
