"""The API's errors."""

from typing import Any

_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


class ApiError(Exception):
    """The request is answered with an error of a type."""

    def __init__(self, kind: str, message: str, *, code: str = "", retry_after: int | None = None) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.code = code
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status of its type."""
        return _STATUS[self.kind]

    def body(self, request_id: str) -> dict[str, Any]:
        """The error in the API's shape."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code:
            error["details"] = {"error_code": self.code}
        return {"type": "error", "error": error, "request_id": request_id}


def invalid(message: str) -> ApiError:
    """A request that the API does not take."""
    return ApiError("invalid_request_error", message)
