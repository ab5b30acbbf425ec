"""The settings: one frozen class, read from the environment (``KG_…``) at the edges only (``cli`` and ``api``).

``docs/settings.md`` is the same list for people; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import SettingsError

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """What an operator may set; every default is safe for a public service on one small machine."""

    model_config = SettingsConfigDict(env_prefix="KG_", frozen=True, extra="ignore")

    base_iri: str = Field(
        "https://w3id.org/habeas/",
        pattern=r"^https?://[A-Za-z0-9._~:/-]+/$",
        description="What all names begin with; files that name the default are read as if they named this.",
    )
    data: Path = Field(Path("data"), description="Folder of the inputs: sources, reference facts, links, manifest.")
    releases: Path = Field(Path("releases"), description="Folder that releases are published in.")
    host: str = Field("127.0.0.1", description="Address the server binds to.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server binds to; 0 takes a free one.")
    processes: int = Field(1, ge=1, le=64, description="Web processes that share the port, each with its workers.")
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="Proxies whose X-Forwarded-For is believed, separated by commas; * for all."
    )
    forwarded_prefix: bool = Field(
        default=False,
        description="Whether those proxies' X-Forwarded-Prefix is believed; on only where each of them sets it.",
    )
    reload_s: float = Field(2.0, ge=0, le=3600, description="Seconds between looks for a new release; 0 for none.")
    workers: int = Field(2, ge=1, le=64, description="Queries that run at once; one more worker stands ready.")
    long_workers: int = Field(
        2,
        ge=1,
        le=64,
        description="Further queries that run at once, with low priority, once they are no longer short.",
    )
    short_s: float = Field(
        0.25,
        gt=0,
        le=60,
        description="Seconds for which a query counts as short; four times that if it gets less than half a CPU.",
    )
    memory_quads_max: int = Field(
        1_000_000,
        ge=0,
        description="A release of at most so many quads is held in memory (0.4 GB per million, in each worker).",
    )
    columns: Literal["auto", "off"] = Field(
        "auto",
        description="Whether queries that scan go to the columns of a release that has them, and not to its index.",
    )
    columns_quads_min: int = Field(
        300_000,
        ge=0,
        description="Quads that a release must hold for its columns to be asked: its index scans fewer sooner.",
    )
    columns_workers: int = Field(
        1, ge=1, le=64, description="Queries that run on columns at once; one more stands ready."
    )
    columns_threads: int = Field(
        2, ge=1, le=64, description="Threads of one query on columns, at most: one for each four million quads begun."
    )
    columns_memory_mb: int = Field(
        1024,
        ge=64,
        description="Memory of one query on columns, in MiB; at most half of KG_WORKER_MEMORY_MB.",
    )
    query_timeout_s: float = Field(10.0, gt=0, le=3600, description="Seconds until a query is stopped.")
    queue_timeout_s: float = Field(5.0, gt=0, le=600, description="Seconds a query waits for a free worker.")
    worker_memory_mb: int = Field(2048, ge=128, description="Memory one query may take beyond an idle worker, in MiB.")
    query_bytes_max: int = Field(65_536, ge=256, le=1_048_576, description="Longest query text, in bytes of UTF-8.")
    query_nesting_max: int = Field(64, ge=1, le=200, description="Deepest nesting of brackets in a query.")
    query_patterns_max: int = Field(
        50, ge=1, le=500, description="Most triple patterns and groups joined in one group, and steps of a path."
    )
    query_union_max: int = Field(100, ge=1, le=1000, description="Most UNION, OPTIONAL and MINUS clauses in one query.")
    query_expressions_max: int = Field(1_000, ge=1, description="Most expressions and operators in one query.")
    query_values_max: int = Field(10_000, ge=1, description="Most rows of VALUES in one query.")
    services: str = Field(
        "",
        description="Endpoints that SERVICE may name, with spaces between; with one, workers keep the network.",
    )
    result_bytes_max: int = Field(64 * 2**20, ge=1024, description="Largest result, in bytes as serialised.")
    result_files_mb: int = Field(
        1024,
        ge=0,
        description="Results over 1 MiB that are being sent, in MiB for each web process; a quarter to one client.",
    )
    cache_mb: int = Field(
        64, ge=0, description="Results kept for the next who asks, in MiB for each web process; 0 for none."
    )
    page_quads: int = Field(
        1_000,
        ge=10,
        le=10_000,
        description="Most quads on one page of a document; what is more stands on further pages.",
    )
    past_releases: int = Field(
        2, ge=0, le=16, description="Past releases that are open at once, each with one worker; 0 to serve none."
    )
    past_idle_s: float = Field(60.0, gt=0, le=86_400, description="Seconds after which an unused one is closed.")
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path before which the service stands behind a proxy that takes it away, such as /habeas.",
    )
    budget_s: float = Field(60.0, gt=0, description="Seconds of work that one client may cause in each window.")
    budget_window_s: int = Field(60, ge=1, le=86_400, description="Length of that window, in seconds.")
    budget_storage: str = Field(
        "memory://",
        description="Where budgets are kept (an address of the library limits); in memory: by each process.",
    )
    remote: str = Field(
        "",
        description="SPARQL endpoint asked instead of the release's own index; {release} stands for the release's id.",
    )
    remote_user: str = Field("", description="Name for that endpoint (HTTP Basic); empty for none.")
    remote_password: str = Field("", repr=False, description="Password for that endpoint; never printed.")
    search_characters_max: int = Field(
        256, ge=16, le=4096, description="Longest text or name that is looked for, in characters."
    )
    reconcile_queries_max: int = Field(
        100, ge=1, le=1000, description="Most queries, or things to extend, in one request for reconciliation."
    )
    reconcile_bytes_max: int = Field(
        262_144, ge=1024, le=16_777_216, description="Longest request for reconciliation, in bytes as it is sent."
    )
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
