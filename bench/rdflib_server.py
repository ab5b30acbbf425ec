"""rdflib-endpoint over one N-Quads file; run by bench/engines.py with the Python of an environment of its own.

Its own command makes a union of all graphs the default graph, which counts what two sources claim in other ways than a
release does; so the dataset is made here, with the release's default graph.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint


def main() -> None:
    """Load the file and serve it on the port."""
    path, port = Path(sys.argv[1]), int(sys.argv[2])
    dataset = Dataset(default_union=False)
    dataset.parse(path, format="nquads")
    app = SparqlEndpoint(graph=dataset, path="/sparql")
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
