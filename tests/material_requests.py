"""Requests without a server: what Starlette makes of a method and headers."""

from __future__ import annotations

from starlette.requests import Request


def request_with(*headers: tuple[str, str], method: str = "GET") -> Request:
    """A request for nothing in particular."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return Request({"type": "http", "method": method, "path": "/", "query_string": b"", "headers": raw})
