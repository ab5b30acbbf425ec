"""Releases: immutable folders, written whole, switched to at once, and read by id."""

from .accounting import account_sources, count_problems, describe_problems
from .dataset import define_dataset
from .inputs import inputs_digest, tool_versions
from .reading import PublishedRelease, current_release, find_release, read_release
from .remote import open_remote
from .verification import verify
from .writing import make_current, publish

__all__ = [
    "PublishedRelease",
    "account_sources",
    "count_problems",
    "current_release",
    "define_dataset",
    "describe_problems",
    "find_release",
    "inputs_digest",
    "make_current",
    "open_remote",
    "publish",
    "read_release",
    "tool_versions",
    "verify",
]
