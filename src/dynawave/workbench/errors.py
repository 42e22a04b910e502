"""What a request can do wrong, as one sentence and a status."""

from dynawave.errors import DynaWaveError


class Refusal(DynaWaveError):
    """A request that is not carried out; `status` is that of HTTP."""

    status = 400


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""

    status = 404


class Conflict(Refusal):
    """The state has changed since, or does not allow it."""

    status = 409


class TooLarge(Refusal):
    """An upload beyond the limit."""

    status = 413


class Unreadable(Refusal):
    """Content that cannot be used: no film, no valid table."""

    status = 422


class Missing(Refusal):
    """A part of the program that this installation lacks."""

    status = 501
