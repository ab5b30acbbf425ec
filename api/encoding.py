"""Content codings (RFC 9110 §8.4): which one a client takes, and the packing itself."""

from __future__ import annotations

import tempfile
import zlib
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["PACKED_BYTES_MIN", "choose_coding", "pack", "pack_pieces"]

# A shorter body fits one network packet beside its headers; packing it would only cost time.
PACKED_BYTES_MIN: Final = 1000
_GZIP_WINDOW: Final = 31  # zlib's own way to ask for a gzip header
# Each element takes time, and there are a dozen codings; who sends more is answered plainly.
_CHARACTERS_MAX: Final = 1024


class _Packer(NamedTuple):
    feed: Callable[[bytes], bytes]
    end: Callable[[], bytes]


def _zstd() -> _Packer:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    return _Packer(packer.compress, packer.flush)


def _brotli() -> _Packer:
    packer = brotli.Compressor(quality=4)
    return _Packer(packer.process, packer.finish)


def _gzip() -> _Packer:
    packer = zlib.compressobj(level=5, wbits=_GZIP_WINDOW)
    return _Packer(packer.compress, packer.flush)


# Best first, where a client takes several equally well.
_CODINGS: Final[dict[str, Callable[[], _Packer]]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: str) -> str:
    """The coding that a client takes best; empty where it takes none of ours, or none better than plain (§12.5.3)."""
    if len(accept_encoding) > _CHARACTERS_MAX:
        return ""
    qualities: dict[str, float] = {}
    for element in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        qualities[name] = _quality(parameters)
    others = qualities.get("*", 0.0)
    best = max(_CODINGS, key=lambda name: qualities.get(name, others))
    quality = qualities.get(best, others)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else ""


def _quality(parameters: list[str]) -> float:
    try:
        return next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        return 0.0


def pack(content: bytes, coding: str) -> bytes:
    """Content in one of our codings."""
    packer = _CODINGS[coding]()
    return packer.feed(content) + packer.end()


def pack_pieces(pieces: Iterable[bytes], coding: str) -> tuple[IO[bytes], int]:
    """The same for what memory should not hold: an unnamed file, and its size in bytes."""
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    packer = _CODINGS[coding]()
    for piece in pieces:
        packed.write(packer.feed(piece))
    packed.write(packer.end())
    packed.flush()
    return packed, packed.tell()
