"""The pipeline's steps by name, in their order; a case file's `step` is one of them."""

STEPS = (
    "fetch_issue",
    "preflight",
    "prepare_workspace",
    "score_agents",
    "generate",
    "verify",
    "review",
    "guard",
    "commit",
    "open_pull_request",
    "report",
)
