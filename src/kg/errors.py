"""Every error that Habeas raises on purpose.

::

    KgError
    ├── SettingsError            a setting has a value that cannot be used
    ├── SourceError              a source file cannot be taken: where, what, and how to mend it
    ├── ClaimError               claims contradict each other's provenance, so that the build must stop
    ├── ShapesError              the shapes themselves are broken
    ├── ReleaseError             a release is missing, incomplete or not what its manifest says
    │   └── NotConformingError   the release's own data breaks a release shape
    └── QueryError               a query gets no answer
        ├── QuerySyntaxError     it is not SPARQL 1.1: line, column
        ├── QueryRefusedError    it asks for what the service does not do (update, a limit of admission)
        │   └── QueryUnsupportedError  it is SPARQL, but calls for an endpoint or a function that is not offered
        ├── NotAcceptableError   no format that the client accepts fits the form of the query
        ├── QueryTimeoutError    it was stopped at its deadline
        ├── QueryResourceError   it was stopped at its memory limit, or its worker died
        ├── ResultTooLargeError  its whole result is over the cap; a part is never given
        ├── BackendBusyError     no worker became free in time
        ├── BudgetSpentError     its client has used up its seconds of work for now
        └── RemoteError          a remote endpoint failed or answered with something else than SPARQL results
            └── RemoteUnavailableError  it has failed so often that it is left alone for a while

Only ``kg.cli`` (exit codes) and ``api/problems.py`` (RFC 9457) translate them.
"""

from __future__ import annotations

__all__ = [
    "BackendBusyError",
    "BudgetSpentError",
    "ClaimError",
    "KgError",
    "NotAcceptableError",
    "NotConformingError",
    "QueryError",
    "QueryRefusedError",
    "QueryResourceError",
    "QuerySyntaxError",
    "QueryTimeoutError",
    "QueryUnsupportedError",
    "ReleaseError",
    "RemoteError",
    "RemoteUnavailableError",
    "ResultTooLargeError",
    "SettingsError",
    "ShapesError",
    "SourceError",
]


class KgError(Exception):
    """Base of the tree; its text says what is wrong, where, and what to do."""


class SettingsError(KgError):
    """A setting has a value that cannot be used."""


class SourceError(KgError):
    """A source file cannot be taken.

    Args:
        what: what is wrong, in one sentence.
        where: the file, with line and column where they are known ("a.trig:3:14").
        remedy: what the person who keeps the file should do.
    """

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(f"{where}: {what} {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy


class ClaimError(KgError):
    """Claims contradict each other's provenance, so that the build must stop."""


class ShapesError(KgError):
    """The shapes themselves are broken."""


class ReleaseError(KgError):
    """A release is missing, incomplete or not what its manifest says."""


class NotConformingError(ReleaseError):
    """The release's own data breaks a release shape."""


class QueryError(KgError):
    """A query gets no answer.

    Attributes:
        work_s: seconds for which a worker was busy with it all the same.
        waited_s: seconds that it waited for workers.
    """

    work_s: float = 0.0
    waited_s: float = 0.0


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL 1.1 query; ``line`` and ``column`` count from 1, None where unknown."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryRefusedError(QueryError):
    """The query asks for what the service does not do."""


class QueryUnsupportedError(QueryRefusedError):
    """The query is SPARQL, but calls for an endpoint or a function that is not offered."""


class NotAcceptableError(QueryError):
    """No format that the client accepts fits the form of the query."""


class QueryTimeoutError(QueryError):
    """The query was stopped at its deadline."""


class QueryResourceError(QueryError):
    """The query was stopped at its memory limit, or its worker died."""


class ResultTooLargeError(QueryError):
    """The whole result is over the cap; a part is never given."""


class BackendBusyError(QueryError):
    """No worker became free in time."""


class BudgetSpentError(QueryError):
    """The client has used up its seconds of work; ``retry_after_s`` says when there is more."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RemoteError(QueryError):
    """A remote endpoint failed or answered with something else than SPARQL results."""


class RemoteUnavailableError(RemoteError):
    """The remote endpoint is down and is left alone; ``retry_after_s`` says until when."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
