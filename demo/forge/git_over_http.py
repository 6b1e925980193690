"""Git's smart HTTP protocol: `git http-backend` behind an ASGI bridge."""

import base64
import binascii
import os
import subprocess
import tempfile
from collections.abc import Iterator
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse

from demo.forge.accounts import Grant, allows
from demo.forge.bare import git_environment
from demo.forge.records import Repository
from demo.forge.store import Store

_CHUNK = 64 * 1024


class GitOverHttp:
    """Serves `/{owner}/{repo}.git/{service}` to people with the right; anybody may read a public repository."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, request: Request) -> Response:
        """One request of a git client.

        The whole body is read before anything is answered: a stream that starts earlier makes pushes
        end with "unpacker error".
        """
        with tempfile.TemporaryFile() as body:
            async for chunk in request.stream():
                body.write(chunk)
            body.flush()
            return await run_in_threadpool(self._answer, request, body)

    def _answer(self, request: Request, body: IO[bytes]) -> Response:
        pushing = request.path_params["service"].endswith("git-receive-pack") or (
            request.query_params.get("service") == "git-receive-pack"
        )
        with self._store.lock:
            grant = self._grant(request)
            name = f"{request.path_params['owner']}/{request.path_params['repo']}"
            repository = self._store.repository(name)
            if repository is None and name.lower() in self._store.renamed:
                return self._redirect(request, self._store.renamed[name.lower()])
            refused = self._refuse(request, grant, repository, pushing=pushing)
        if refused or repository is None:
            return refused or PlainTextResponse("Repository not found.\n", 404)
        response = _run(request, body, repository, grant.login if grant else "")
        if pushing:
            self._follow(repository)
        return response

    def _grant(self, request: Request) -> Grant | None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        token = value.strip()
        if kind.lower() == "basic":
            try:
                token = base64.b64decode(token).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                token = ""
        return self._store.accounts.grants.get(token)

    def _refuse(
        self, request: Request, grant: Grant | None, repository: Repository | None, *, pushing: bool
    ) -> Response | None:
        login = grant.login if grant else ""
        hidden = repository is None or repository.private
        if grant is None and (pushing or hidden or "authorization" in request.headers):
            challenge = {"www-authenticate": 'Basic realm="GitHub"'}
            return PlainTextResponse("Invalid username or token.\n", 401, challenge)
        if repository is None:
            return PlainTextResponse("Repository not found.\n", 404)
        held = self._store.accounts.right(repository.id, login, private=repository.private)
        if not allows(held, "read"):
            return PlainTextResponse("Repository not found.\n", 404)
        if pushing and (not allows(held, "write") or (grant and "contents" in grant.read_only) or repository.archived):
            return PlainTextResponse(f"Permission to {repository.full_name}.git denied to {login}.\n", 403)
        return None

    def _redirect(self, request: Request, repository_id: int) -> Response:
        names = {one.id: one.full_name for one in self._store.repositories.values()}
        path = f"/{names[repository_id]}.git/{request.path_params['service']}"
        return RedirectResponse(f"{self._store.url}{path}?{request.url.query}", 301)

    def _follow(self, repository: Repository) -> None:
        with self._store.lock:
            for issue in self._store.issues(repository).values():
                self._store.follow(repository, issue)


def _run(request: Request, body: IO[bytes], repository: Repository, login: str) -> Response:
    length = body.tell()
    os.lseek(body.fileno(), 0, os.SEEK_SET)
    env = git_environment() | {
        "GIT_PROJECT_ROOT": str(repository.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{request.path_params['service']}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
    }
    process = subprocess.Popen(
        ["git", "http-backend"], stdin=body.fileno(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
    )
    if process.stdout is None:
        msg = "git http-backend has no standard output"
        raise RuntimeError(msg)
    status, headers = _cgi_head(process.stdout)
    if request.path_params["service"] == "git-receive-pack":
        content = process.stdout.read()
        process.wait()
        return Response(content, status, headers)
    return StreamingResponse(_stream(process, process.stdout), status, headers)


def _cgi_head(output: IO[bytes]) -> tuple[int, dict[str, str]]:
    status, headers = 200, {}
    while line := output.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name.lower()] = value.strip()
    return status, headers


def _stream(process: subprocess.Popen[bytes], output: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := output.read(_CHUNK):
            yield chunk
    finally:
        output.close()
        process.wait()
