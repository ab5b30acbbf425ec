"""The columns of a dump, in a process of its own: python bench/write_columns.py DUMP.nq FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from kg.columns import write_columns

if __name__ == "__main__":
    write_columns(Path(sys.argv[1]), Path(sys.argv[2]))
