"""The command ``kg``: one file a verb. Results go to stdout, talk to stderr.

Exit codes: 0 done or conforms, 1 does not conform, 2 wrong usage, 3 failure, or done but for what was quarantined.
"""

from __future__ import annotations

from .app import app, main

__all__ = ["app", "main"]
