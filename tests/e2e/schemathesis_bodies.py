"""How schemathesis writes the body of a query."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/sparql-query")
def sparql_query(ctx: Any, value: Any) -> bytes:
    """The text itself."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
