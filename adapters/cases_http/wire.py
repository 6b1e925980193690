"""What goes over the wire between a node and its coordinator: a port's method, its arguments, its answer."""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from domain import errors, ports
from domain.errors import ClusterError, Transient
from domain.secrecy import hidden

VERSION = 1
PATH = f"/api/internal/{VERSION}"
CALL, HOLDER, RELEASE = "X-Call", "X-Holder", "X-Release"  # headers: this very call, who calls, its software
CLOCK = "X-Clock"  # header of answers: the coordinator's time, in seconds since 1970
LISTEN_S = 20.0  # how long a question for news is kept open
_SENT = (
    *(ports.Cases, ports.Claims, ports.Budget, ports.Breaker, ports.Checkpoints, ports.Remarks),
    *(ports.Dispatch, ports.Submissions, ports.Turns, ports.Offers, ports.Shares),
)
PORTS: dict[str, type] = {one.__name__: one for one in _SENT}
_STRICT = ConfigDict(ser_json_inf_nan="strings", ser_json_bytes="base64", val_json_bytes="base64", extra="forbid")


class Told(BaseModel):
    """An error on its way: the class's name and what it was made of."""

    error: str
    reason: str
    remedy: str = ""
    retry_after: float | None = None

    @classmethod
    def of(cls, error: ClusterError) -> "Told":
        """An error, to be raised again at the other end."""
        after = getattr(error, "retry_after", None)
        return cls(error=type(error).__name__, reason=error.reason, remedy=error.remedy, retry_after=after)

    def raised(self) -> ClusterError:
        """The error as it was; one that this version does not know is a plain `ClusterError`."""
        kind: Any = getattr(errors, self.error, ClusterError)
        if not (isinstance(kind, type) and issubclass(kind, ClusterError)):
            kind = ClusterError
        after = {} if self.retry_after is None else {"retry_after": self.retry_after}
        made: ClusterError = kind(self.reason, self.remedy, **after)
        return made


class Shape:
    """One method: how its arguments and its answer are written as JSON."""

    def __init__(self, method: Callable[..., Any]) -> None:
        hints = get_type_hints(method)
        returned: Any = (hints.pop("return"), ...)
        given = {name: one for name, one in signature(method).parameters.items() if name != "self"}
        fields: Any = {
            name: (hints[name], ... if one.default is one.empty else one.default) for name, one in given.items()
        }
        self._names = tuple(given)
        self._arguments: Any = create_model(method.__qualname__, __config__=_STRICT, **fields)
        self._answer: Any = create_model("Answer", __config__=_STRICT, value=returned)

    def packed(self, *arguments: Any, **named: Any) -> bytes:
        """A call's arguments as JSON; bytes as base64."""
        return _json(self._arguments(**dict(zip(self._names, arguments, strict=False)), **named))

    def unpacked(self, data: bytes) -> dict[str, Any]:
        """The arguments again. Raises `pydantic.ValidationError`."""
        found = self._arguments.model_validate_json(data)
        return {name: getattr(found, name) for name in self._names}

    def answer(self, value: Any) -> bytes:
        """What the method gave, as JSON."""
        return _json(self._answer(value=value))

    def value(self, data: bytes) -> Any:
        """What the method gave. Raises `Transient` for what is no such answer: something else stands at the address."""
        try:
            return self._answer.model_validate_json(data).value
        except ValidationError as error:
            raise Transient("the coordinator's answer can't be read") from error


def _json(model: BaseModel) -> bytes:
    return hidden(model.model_dump_json()).encode("utf-8", "surrogatepass")


@cache
def shape(address: str) -> Shape | None:
    """The method of an address `Port.method`; None if there is none."""
    name, _, method = address.partition(".")
    port = PORTS.get(name)
    found = None if port is None or method.startswith("_") else port.__dict__.get(method)
    return Shape(found) if callable(found) else None
