"""Only a whole answer is taken, whatever a server sends: cuts, wrong types, wrong lengths, parts, endless bodies."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from kg.errors import (
    BackendBusyError,
    NotAcceptableError,
    QueryError,
    QuerySyntaxError,
    QueryTimeoutError,
    RemoteError,
    ResultTooLargeError,
)
from kg.store.backend import GraphFormat, ResultFormat
from kg.store.remote_http import Address, Exchange, query_request
from kg.store.remote_results import Wanted, read_results

from .remote_server import Hostile, chunks, endless, head, hostile, response, says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRUE = b'{"head":{},"boolean":true}'
ROWS = json.dumps(
    {
        "head": {"vars": ["s", "o"], "link": []},
        "results": {
            "bindings": [
                {
                    "s": {"type": "uri", "value": "http://example.com/1"},
                    "o": {"type": "literal", "value": "é\r\n\t\x01"},
                },
                {"o": {"type": "literal", "value": "варта", "xml:lang": "be"}, "s": {"type": "bnode", "value": "b1"}},
            ]
        },
    }
).encode()
NS = "http://example.com/"
TRIPLES = [
    Triple(NamedNode(f"{NS}a"), NamedNode(f"{NS}31"), Literal("x\r\x01", language="be")),
    Triple(NamedNode(f"{NS}a"), NamedNode(f"{NS}p"), NamedNode(f"{NS}b")),
]
GRAPH = serialize(TRIPLES, format=RdfFormat.JSON_LD) or b""
LINES = serialize(TRIPLES, format=RdfFormat.N_TRIPLES) or b""
JSON_LD = GraphFormat.JSON_LD.value
N_TRIPLES = GraphFormat.N_TRIPLES.value

SELECT = (Wanted.SOLUTIONS, ResultFormat.TSV.value)
ASK = (Wanted.BOOLEAN, ResultFormat.JSON.value)
CONSTRUCT = (Wanted.GRAPH_WITH_END, GraphFormat.TURTLE.value)
LISTED = (Wanted.GRAPH_WITH_LENGTH, GraphFormat.TURTLE.value)
DOCUMENTS = {
    "rows": (ROWS, SELECT, ResultFormat.JSON.value),
    "boolean": (TRUE, ASK, ResultFormat.JSON.value),
    "graph": (GRAPH, CONSTRUCT, JSON_LD),
}
WRITTEN = {
    "rows": '?s\t?o\n<http://example.com/1>\t"é\\r\\n\\t\x01"\n_:b1\t"варта"@be\n'.encode(),
    "boolean": TRUE,
    "graph": serialize(TRIPLES, format=RdfFormat.TURTLE),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile(says(b"")) as told:
        yield told


def take(server: Hostile, content: bytes, form: tuple[Wanted, str], *, size_max: int = 100_000) -> bytes | None:
    """What is made of a response."""
    server.behave = says(content)
    request = query_request(Address(server.url), "ASK {}", accept=form[0].media_types[0])
    with Exchange(request, timeout_s=5) as exchange:
        return read_results(exchange, *form, size_max=size_max)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_whole_document_is_taken(server: Hostile, name: str) -> None:
    content, form, media_type = DOCUMENTS[name]
    taken = WRITTEN[name]

    assert take(server, response(content, media_type=media_type), form) == taken
    assert take(server, chunks(content, b"", media_type=media_type), form) == taken
    assert take(server, head(media_type=media_type) + content, form) == taken, "framed by the end of the connection"


def test_lines_are_taken_with_their_length_only(server: Hostile) -> None:
    assert take(server, response(LINES, media_type=N_TRIPLES), LISTED) == take(
        server, response(GRAPH, media_type=JSON_LD), CONSTRUCT
    )
    assert take(server, chunks(LINES, b"", media_type=N_TRIPLES), LISTED) is None
    assert take(server, head(media_type=N_TRIPLES) + LINES, LISTED) is None


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), framing=st.sampled_from(["length", "close", "chunks", "half a chunk"]))
def test_a_document_cut_anywhere_is_refused(server: Hostile, name: str, share: float, framing: str) -> None:
    """The server means it: the length is that of the part, or the last chunk ends properly."""
    content, form, media_type = DOCUMENTS[name]
    part = content[: int(share * len(content))]
    sent = {
        "length": response(part, media_type=media_type),
        "close": head(media_type=media_type) + part,
        "chunks": chunks(*([part] if part else []), b"", media_type=media_type),
        "half a chunk": head("Transfer-Encoding: chunked", media_type=media_type) + b"%x\r\n" % len(content) + part,
    }[framing]

    with pytest.raises(RemoteError):
        take(server, sent, form)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_single_cut_is_refused(server: Hostile, name: str) -> None:
    content, form, media_type = DOCUMENTS[name]

    for cut in range(len(content)):
        with pytest.raises(RemoteError):
            take(server, response(content[:cut], media_type=media_type), form)


@pytest.mark.parametrize("cut", [0, 10, 60, len(LINES) // 2, len(LINES) - 1])
def test_lines_shorter_than_announced_are_refused(server: Hostile, cut: int) -> None:
    whole = response(LINES, media_type=N_TRIPLES)

    with pytest.raises(RemoteError):
        take(server, whole[: len(whole) - len(LINES) + cut], LISTED)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("more", [b"Virtuoso 42000 Error", b"}", b"]", b"<html>", b'{"error":"timeout"}', b"\x00"])
def test_a_message_behind_the_document_is_refused(server: Hostile, name: str, more: bytes) -> None:
    content, form, media_type = DOCUMENTS[name]

    with pytest.raises(RemoteError):
        take(server, response(content + more, media_type=media_type), form)


def test_a_message_behind_lines_is_refused(server: Hostile) -> None:
    with pytest.raises(RemoteError):
        take(server, response(LINES + b"Error: time limit", media_type=N_TRIPLES), LISTED)


@pytest.mark.parametrize(
    ("sent", "form", "error", "said"),
    [
        (response(b"<html></html>", media_type="text/html"), SELECT, RemoteError, "another media type"),
        (response(ROWS, "X-SQL-State: S1TAT"), SELECT, RemoteError, "a part"),
        (response(ROWS, "X-SPARQL-MaxRows: 2"), SELECT, RemoteError, "a part"),
        (response(ROWS, status="206 Partial Content"), SELECT, RemoteError, "206"),
        (response(ROWS, status="203 Non-Authoritative"), SELECT, RemoteError, "203"),
        (response(b"", status="204 No Content"), SELECT, RemoteError, "204"),
        (response(ROWS, "Transfer-Encoding: chunked"), SELECT, RemoteError, "two lengths"),
        (response(gzip.compress(ROWS), "Content-Encoding: gzip"), SELECT, RemoteError, "compressed"),
        (response(gzip.compress(b" " * 10**8), "Content-Encoding: gzip"), SELECT, RemoteError, "compressed"),
        (response(gzip.compress(ROWS)), SELECT, RemoteError, "cut off"),
        (response(TRUE), SELECT, RemoteError, "cut off"),
        (response(ROWS), ASK, RemoteError, "cut off"),
        (response(b'{"head":{},"boolean":"true"}'), ASK, RemoteError, "cut off"),
        (response(b"[" * 60_000), ASK, RemoteError, "cut off"),
        (response(TRUE + b" " * 70_000), ASK, RemoteError, "cut off"),
        (response(b"[" * 90_000), SELECT, RemoteError, "cut off"),
        (response(b"[" * 90_000, media_type=JSON_LD), CONSTRUCT, RemoteError, "cut off"),
        (response(b'{"@context":"http://127.0.0.1:9/"}', media_type=JSON_LD), CONSTRUCT, RemoteError, "cut off"),
        (response(ROWS.replace(b"example.com/1", b"example.com/ ")), SELECT, RemoteError, "cut off"),
        (response(ROWS.replace(b"bnode", b"\xff\xfe")), SELECT, RemoteError, "cut off"),
        (response(b"", "Location: http://127.0.0.1:9/", status="302 Found"), SELECT, RemoteError, "redirect"),
        (response(b"", "Location: http://127.0.0.1:9/", status="308 Permanent"), SELECT, RemoteError, "redirect"),
        (response(b"who are you?", status="401 Unauthorized"), SELECT, RemoteError, "401"),
        (response(b"oh", status="500 Sorry"), SELECT, RemoteError, "500"),
        (response(b"S1T00 Error: Transaction timed out", status="500 Sorry"), SELECT, QueryTimeoutError, "of its own"),
        (response(b'{"code":"TimeLimitExceeded"}', status="500 Sorry"), SELECT, QueryTimeoutError, "of its own"),
        (response(b"", status="504 Gateway Timeout"), SELECT, QueryTimeoutError, "of its own"),
        (response(b"", status="429 Too Many Requests"), SELECT, BackendBusyError, "too much"),
        (response(b"", status="503 Service Unavailable"), SELECT, BackendBusyError, "too much"),
        (response(b"syntax error\n at line 3", status="400 Bad"), SELECT, QuerySyntaxError, "stopped in line 3"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", SELECT, RemoteError, "broke off"),
        (b"", SELECT, RemoteError, "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", SELECT, RemoteError, "broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n", SELECT, RemoteError, "broke off"),
        (head("Transfer-Encoding: chunked") + b"zz\r\n", SELECT, RemoteError, "broke off"),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_an_error(
    server: Hostile, sent: bytes, form: tuple[Wanted, str], error: type[QueryError], said: str
) -> None:
    with pytest.raises(error, match=said):
        take(server, sent, form)


def test_the_line_that_an_endpoint_tells_is_passed_on(server: Hostile) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        take(server, response(b"SPARQL compiler, line 3: syntax error", status="400 Bad"), SELECT)

    assert caught.value.line == 3


SECRET = "db7.internal.example"


@pytest.mark.parametrize(
    "sent",
    [
        response(f"{SECRET}: line 3: syntax error near {SECRET}".encode(), status="400 Bad"),
        response(b"no words", status=f"400 {SECRET}"),
        response(f"at {SECRET} failed".encode(), status="500 Bad"),
        response(f"{SECRET}: timed out".encode(), status="500 Bad"),
        response(b"", f"Location: http://{SECRET}/", status="302 Found"),
        response(b"", status="503 Bad", media_type=SECRET),
        response(TRUE, media_type=f"text/{SECRET}"),
        response(TRUE, f"X-SQL-Message: {SECRET}"),
        response(TRUE, f"Content-Encoding: {SECRET}"),
        response(f"{SECRET} is no JSON".encode()),
        f"{SECRET} speaks no HTTP\r\n".encode(),
    ],
)
def test_nothing_that_an_endpoint_says_is_told_to_clients(server: Hostile, sent: bytes) -> None:
    with pytest.raises(QueryError) as caught:
        take(server, sent, SELECT)

    assert SECRET not in str(caught.value)
    assert server.url.rpartition("/")[2] not in str(caught.value)


def test_nor_is_the_host_that_a_certificate_is_not_valid_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS says it in its own words; the certificate is trusted, and is another's."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout {key} -out {certificate}"
    )
    subprocess.run([openssl, *command.split()], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accept = threading.Thread(target=lambda: greet(listener, context))
        accept.start()
        request = query_request(Address(f"https://127.0.0.1:{listener.getsockname()[1]}/"), "ASK {}", accept="a/b")
        with pytest.raises(RemoteError, match="SSLCertVerificationError") as caught, Exchange(request, timeout_s=5):
            pass
        accept.join()

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert "127.0.0.1" in str(caught.value.__cause__)
    assert "127.0.0.1" not in str(caught.value)


def greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(ssl.SSLError, ConnectionError):
        context.wrap_socket(connection, server_side=True).close()


@pytest.mark.parametrize("start", [head(), head("Transfer-Encoding: chunked")])
@pytest.mark.parametrize("piece", [b" " * 1000, b"a" * 1000])
def test_an_endless_body_is_not_read_for_ever(server: Hostile, start: bytes, piece: bytes) -> None:
    framed = b"3e8\r\n%b\r\n" % piece if b"chunked" in start else piece
    opening = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"'
    server.behave = endless(start + (b"4e\r\n%b\r\n" % opening if b"chunked" in start else opening), framed)
    assert len(opening) == 0x4E

    request = query_request(Address(server.url), "ASK {}", accept="")
    with pytest.raises(ResultTooLargeError), Exchange(request, timeout_s=5) as exchange:
        read_results(exchange, *SELECT, size_max=100_000)


def test_the_cap_is_that_of_the_written_result(server: Hostile) -> None:
    size = len(take(server, response(ROWS), SELECT) or b"")

    assert take(server, response(ROWS), SELECT, size_max=size)
    with pytest.raises(ResultTooLargeError):
        take(server, response(ROWS), SELECT, size_max=size - 1)


def test_xml_is_well_formed_or_refused(server: Hostile) -> None:
    with pytest.raises(NotAcceptableError):
        take(server, response(ROWS), (Wanted.SOLUTIONS, ResultFormat.XML.value))

    plain = take(server, response(ROWS.replace(b"\\u0001", b"")), (Wanted.SOLUTIONS, ResultFormat.XML.value))
    assert plain is not None
    texts = [node.text for node in ElementTree.fromstring(plain).iter() if node.tag.endswith("literal")]
    assert texts == ["é\r\n\t", "варта"], "a carriage return outlives XML's reading of line ends"
