"""What a request is answered with, and GitHub's ways of saying no."""

from dataclasses import dataclass
from typing import Any

_DOCS = "https://docs.github.com/rest"
BODY_LIMIT = 65_536


@dataclass(frozen=True)
class Answer:
    """A status and a JSON value; `None` with 204 sends no body. Lists are cut into pages on the way out."""

    body: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """The request is answered with an error."""

    def __init__(
        self, status: int, message: str, errors: list[dict[str, Any]] | None = None, location: str = ""
    ) -> None:
        super().__init__(status, message, errors, location)
        self.status = status
        self.message = message
        self.errors = errors
        self.location = location

    def answer(self) -> Answer:
        """The error in GitHub's shape."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        return Answer(body | {"documentation_url": _DOCS, "status": str(self.status)}, self.status)


class Moved(Exception):
    """The repository has another name now; `repository_id` is where the redirect leads."""

    def __init__(self, repository_id: int) -> None:
        super().__init__(repository_id)
        self.repository_id = repository_id

    def answer(self, location: str) -> Answer:
        """The redirect in GitHub's shape."""
        return Answer({"message": "Moved Permanently", "url": location}, 301, (("location", location),))


def not_found() -> Refusal:
    """What is missing, or hidden from the caller."""
    return Refusal(404, "Not Found")


def forbidden() -> Refusal:
    """The token lacks a right."""
    return Refusal(403, "Resource not accessible by personal access token")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> Refusal:
    """A value that fails validation; `code` is GitHub's word for why."""
    error = {"resource": resource, "code": code, "field": field}
    return Refusal(422, "Validation Failed", [error | ({"message": message} if message else {})])


def too_long(resource: str, field: str, code: str = "custom") -> Refusal:
    """A text over the limit."""
    return invalid(resource, field, code, f"{field} is too long (maximum is {BODY_LIMIT} characters)")
