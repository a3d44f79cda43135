"""Bytes to and from the server: files into chunks, chunks into arrays and files, every one checked."""

import hashlib
import pathlib
import zlib

import numpy

from . import wire
from .errors import TransferError

CHUNK_BYTES = 1 << 20
_DTYPES = {"UINT8": numpy.dtype("u1"), "UINT16": numpy.dtype("<u2"), "FLOAT32": numpy.dtype("<f4")}


def upload_parts(files, kind, chunk_bytes=CHUNK_BYTES):
    """Upload messages for (name, bytes or path) pairs, read chunk_bytes at a time. kind: "DICOM", "NIFTI" or "PICTURE"."""
    part, header = wire.message("UploadChunk"), wire.message("UploadHeader")
    for name, content in files:
        size = size_of(content)
        yield part(header=header(kind=wire.number("ImageKind", "IMAGE_KIND_" + kind), file_name=name, bytes=size))
        offset = 0
        for data in _pieces(content, chunk_bytes):
            yield part(chunk=wire.message("Chunk")(offset=offset, data=data, last=offset + len(data) == size))
            offset += len(data)


def size_of(content):
    """Bytes of a file that is given as its bytes or its path."""
    return len(content) if isinstance(content, bytes) else pathlib.Path(content).stat().st_size


def _pieces(content, chunk_bytes):
    if isinstance(content, bytes):
        for start in range(0, len(content), chunk_bytes):
            yield content[start : start + chunk_bytes]
        return
    with open(content, "rb") as file:
        while True:
            data = file.read(chunk_bytes)
            if not data:
                return
            yield data


class Receiver:
    """Puts chunks together. `take` gives (header, bytes as sent) when a stream is complete, else None."""

    def __init__(self):
        self._open = {}

    def begin(self, header):
        self._open[header.stream] = (header, [])

    def take(self, chunk):
        """Raises TransferError when a chunk is out of order, too long, or belongs to nothing."""
        if chunk.stream not in self._open:
            raise TransferError("A piece of an unknown stream {} came; the answer is dropped. Ask again.".format(chunk.stream))
        header, pieces = self._open[chunk.stream]
        have = sum(map(len, pieces))
        if chunk.offset != have or have + len(chunk.data) > header.bytes:
            raise TransferError("A piece came at {}, expected at {}; the answer is dropped. Ask again.".format(chunk.offset, have))
        pieces.append(chunk.data)
        if not chunk.last:
            return None
        del self._open[chunk.stream]
        content = b"".join(pieces)
        if len(content) != header.bytes:
            raise TransferError("{} bytes came, {} were announced; the answer is dropped. Ask again.".format(len(content), header.bytes))
        return header, content


def decode(header, content):
    """The box of a MapHeader as an array (k, j, i): bool for masks, else float32 in the map's units.

    Raises TransferError when size or SHA-256 differ from what was announced.
    """
    raw = _inflate(content, header.raw_bytes) if wire.name_of("Encoding", header.encoding) == "DEFLATE" else content
    if len(raw) != header.raw_bytes or (header.sha256 and hashlib.sha256(raw).digest() != header.sha256):
        raise TransferError("A map arrived changed (size or SHA-256); the answer is dropped. Ask again.")
    shape = (header.slices, header.rows, header.columns)
    sample = wire.name_of("Sample", header.sample)
    if sample == "BIT":
        return _bits(raw, shape)
    if sample not in _DTYPES:
        raise TransferError("The server sends a kind of map that this plugin does not know; update the plugin.")
    stored = numpy.frombuffer(raw, _DTYPES[sample])
    if stored.size != numpy.prod(shape):
        raise TransferError("A map has {} voxels, its box {}; the answer is dropped.".format(stored.size, numpy.prod(shape)))
    return (stored.reshape(shape) * numpy.float32(header.scale or 1)).astype(numpy.float32)


def _inflate(content, limit):
    """Raw deflate; never more than was announced."""
    inflater = zlib.decompressobj(-15)
    try:
        return inflater.decompress(content, limit + 1)
    except zlib.error as error:
        raise TransferError("A map cannot be unpacked; the answer is dropped. Ask again.") from error


def _bits(raw, shape):
    """Lowest bit first; each slice starts on a byte."""
    slices, rows, columns = shape
    per_slice = (rows * columns + 7) // 8
    if len(raw) != slices * per_slice:
        raise TransferError("A mask has {} bytes, its box {}; the answer is dropped.".format(len(raw), slices * per_slice))
    bits = numpy.unpackbits(numpy.frombuffer(raw, numpy.uint8).reshape(slices, per_slice), axis=1, bitorder="little")
    return bits[:, : rows * columns].reshape(shape).astype(bool)


def put(header, box, whole):
    """Writes a map's box into the array of the whole grid (k, j, i); outside the box the value is 0, or stays."""
    if not header.replaces_box_only:
        whole[...] = 0
    whole[
        header.z0 : header.z0 + header.slices, header.y0 : header.y0 + header.rows, header.x0 : header.x0 + header.columns
    ] = box
    return whole


def save(header, content, folder):
    """Writes a file of the server (ObjectHeader) into a folder of ours and returns its path. Raises TransferError."""
    if header.sha256 and hashlib.sha256(content).digest() != header.sha256:
        raise TransferError("A file arrived changed (SHA-256); nothing was saved. Ask again.")
    name = pathlib.PurePosixPath(header.file_name.replace("\\", "/")).name
    if name in ("", ".", ".."):
        raise TransferError("The server named a file '{}'; nothing was saved.".format(header.file_name))
    path = pathlib.Path(folder) / name
    path.write_bytes(content)
    return path
