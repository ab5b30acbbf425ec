"""Releases: immutable folders, written whole, switched to at once, and read by id."""

from .accounting import account_sources, count_problems, describe_problems
from .columnar import open_columnar, threads_for, why_left_out
from .dataset import define_dataset
from .inputs import inputs_digest, tool_versions
from .loading import load_remote
from .reading import PublishedRelease, current_release, find_release, published_releases, read_release
from .remote import RemotePlace, open_remote, place_of
from .verification import verify
from .writing import make_current, publish

__all__ = [
    "PublishedRelease",
    "RemotePlace",
    "account_sources",
    "count_problems",
    "current_release",
    "define_dataset",
    "describe_problems",
    "find_release",
    "inputs_digest",
    "load_remote",
    "make_current",
    "open_columnar",
    "open_remote",
    "place_of",
    "publish",
    "published_releases",
    "read_release",
    "threads_for",
    "tool_versions",
    "verify",
    "why_left_out",
]
