"""How schemathesis writes the body of a query."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/sparql-query")
def sparql_query(ctx: Any, value: Any) -> bytes:
    """A text as UTF-8; what is none, which no body of text could tell, as bytes that are no UTF-8."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b"\xff"
