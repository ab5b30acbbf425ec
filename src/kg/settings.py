"""The settings: one frozen class, read from the environment (``KG_…``) at the edges only (``cli`` and ``api``).

``docs/settings.md`` is the same list for people; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import SettingsError

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """What an operator may set; every default is safe for a public service on one small machine."""

    model_config = SettingsConfigDict(env_prefix="KG_", frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="Folder of the inputs: sources, reference facts, links, manifest.")
    releases: Path = Field(Path("releases"), description="Folder that releases are published in.")
    host: str = Field("127.0.0.1", description="Address the server binds to.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server binds to; 0 takes a free one.")
    workers: int = Field(2, ge=1, le=64, description="Queries that run at once; one more worker stands ready.")
    query_timeout_s: float = Field(10.0, gt=0, le=3600, description="Seconds until a query is stopped.")
    queue_timeout_s: float = Field(5.0, gt=0, le=600, description="Seconds a query waits for a free worker.")
    worker_memory_mb: int = Field(2048, ge=128, description="Memory one query may take beyond an idle worker, in MiB.")
    query_bytes_max: int = Field(65_536, ge=256, le=1_048_576, description="Longest query text, in bytes of UTF-8.")
    query_nesting_max: int = Field(64, ge=1, le=200, description="Deepest nesting of brackets in a query.")
    query_patterns_max: int = Field(
        50, ge=1, le=500, description="Most triple patterns and groups joined in one group, and steps of a path."
    )
    query_union_max: int = Field(100, ge=1, le=1000, description="Most UNION, OPTIONAL and MINUS clauses in one query.")
    result_bytes_max: int = Field(64 * 2**20, ge=1024, description="Largest result, in bytes as serialised.")
    body_timeout_s: float = Field(10.0, gt=0, le=600, description="Seconds a client may take to send a request body.")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a value cannot be used; the message names each variable and what it may be.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"KG_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']} (got {e['input']!r})." for e in error.errors()]
        raise SettingsError(" ".join([*lines, "See docs/settings.md."])) from error
