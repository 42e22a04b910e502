"""What a request can do wrong, as one sentence and a status."""

from typing import Any, Final

from pydantic import BaseModel

from dynawave.errors import DynaWaveError


class Problem(BaseModel):
    """An error as the API tells it: one sentence."""

    detail: str


ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "The request cannot be understood.",
        401: "A login is needed.",
        403: "This role may not do it.",
        404: "There is no such thing.",
        409: "The state does not allow it.",
        413: "The upload is too large.",
        422: "The content cannot be used.",
        429: "Too many tries.",
        501: "This installation lacks a part.",
        503: "A part of the server is away.",
    }.items()
}
"""What every request may be answered with, for the OpenAPI."""


class Refusal(DynaWaveError):
    """A request that is not carried out; `status` is that of HTTP."""

    status = 400


class LoginNeeded(Refusal):
    """Nobody is logged in, or with the wrong password."""

    status = 401


class Forbidden(Refusal):
    """This person's role may not do it."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""

    status = 404


class Conflict(Refusal):
    """The state has changed since, or does not allow it."""

    status = 409


class TooLarge(Refusal):
    """An upload beyond what is taken."""

    status = 413


class Unreadable(Refusal):
    """Content that cannot be used: no film, no valid table."""

    status = 422


class TooMany(Refusal):
    """Too many tries."""

    status = 429


class Unavailable(Refusal):
    """A part of the server is away."""

    status = 503


class Missing(Refusal):
    """A part of the program that this installation lacks."""

    status = 501
