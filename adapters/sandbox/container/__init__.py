"""The sandbox where bubblewrap can't run: a small root helper gives each session a user of its own.

`main` starts the helper and, under it, the worker. On the helper's side are `helper`, `slots`, `groups`, `birth`,
`wardens` and `tree`; on the worker's `sandbox`, `tenancy`, `tenant` and `sharing`; between them `words` and `channel`.
"""
