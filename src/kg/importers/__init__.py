"""Where sources come from: a folder of files, held against its manifest and parsed into the columns."""

from .folder import Inputs, SourceFile, read_inputs, select
from .manifest import MANIFEST_NAME, ManifestEntry, accept, read_manifest
from .parsing import parse

__all__ = [
    "MANIFEST_NAME",
    "Inputs",
    "ManifestEntry",
    "SourceFile",
    "accept",
    "parse",
    "read_inputs",
    "read_manifest",
    "select",
]
