"""Addresses by database id, where the redirects of renamed repositories lead."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.forge.store import Store

_BY_ID = re.compile(r"/api/v3/repositories/(\d+)(/.*)?")


class ById:
    """Serves `/api/v3/repositories/{id}/...` as the repository of that id by its name of today."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path and pass on."""
        found = _BY_ID.fullmatch(scope["path"])
        if found:
            with self._store.lock:
                names = {one.id: one.full_name for one in self._store.repositories.values()}
            name = names.get(int(found[1]), "nobody/nothing")
            scope = {**scope, "path": f"/api/v3/repos/{name}{found[2] or ''}"}
        await self._app(scope, receive, send)
