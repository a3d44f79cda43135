"""Chunks, maps, files: what arrives is what was sent, or is dropped."""

import hashlib
import pathlib
import tempfile
import unittest
import zlib

import numpy

import server  # noqa: F401  puts the plugin on the path
from MRNetLib import transfer, wire
from MRNetLib.errors import TransferError


def header(raw, sample="SAMPLE_UINT8", box=(2, 3, 4), sent=None, **more):
    k, j, i = box
    return wire.message("MapHeader")(
        stream=1, sample=wire.number("Sample", sample), slices=k, rows=j, columns=i, bytes=len(sent or raw), raw_bytes=len(raw), sha256=hashlib.sha256(raw).digest(), **more
    )


def chunk(data, offset=0, last=True, stream=1):
    return wire.message("Chunk")(stream=stream, offset=offset, data=data, last=last)


class TransferTest(unittest.TestCase):
    def test_a_mask_of_bits_starts_each_slice_on_a_byte(self):
        mask = numpy.zeros((2, 3, 4), bool)
        mask[0, 0, 1] = mask[1, 2, 3] = True
        raw = b"".join(numpy.packbits(slice_, bitorder="little").tobytes() for slice_ in mask.reshape(2, -1))

        self.assertTrue(numpy.array_equal(transfer.decode(header(raw, "SAMPLE_BIT"), raw), mask))

    def test_stored_numbers_are_scaled_and_packed_maps_unpacked(self):
        raw = bytes(range(24))
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        sent = packer.compress(raw) + packer.flush()

        array = transfer.decode(header(raw, sent=sent, scale=1 / 255, encoding=wire.number("Encoding", "ENCODING_DEFLATE")), sent)

        self.assertAlmostEqual(float(array[1, 2, 3]), 23 / 255, places=6)

    def test_a_map_of_another_hash_is_dropped(self):
        raw = bytes(24)
        with self.assertRaisesRegex(TransferError, "SHA-256"):
            transfer.decode(header(raw), bytes(23) + b"x")

    def test_a_bomb_is_not_unpacked_beyond_what_was_announced(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = packer.compress(bytes(50_000_000)) + packer.flush()
        announced = header(bytes(24), sent=bomb, encoding=wire.number("Encoding", "ENCODING_DEFLATE"))

        self.assertLessEqual(len(transfer._inflate(bomb, announced.raw_bytes)), 25)
        with self.assertRaises(TransferError):
            transfer.decode(announced, bomb)

    def test_chunks_out_of_order_too_long_or_of_no_stream_are_refused(self):
        for bad in (chunk(b"b", offset=5, last=False), chunk(bytes(99)), chunk(b"a", stream=7), chunk(b"short")):
            receiver = transfer.Receiver()
            receiver.begin(header(bytes(24)))
            with self.assertRaises(TransferError):
                receiver.take(bad)

    def test_a_box_replaces_what_was_there_only_where_it_lies(self):
        whole = numpy.ones((4, 4, 4), numpy.float32)
        small = wire.message("MapHeader")(x0=1, y0=1, z0=1, columns=2, rows=2, slices=2, replaces_box_only=True)

        transfer.put(small, numpy.zeros((2, 2, 2)), whole)

        self.assertEqual(whole.sum(), 64 - 8)

    def test_a_file_is_uploaded_in_pieces_that_end_with_the_last(self):
        content = bytes(transfer.CHUNK_BYTES + 10)
        parts = list(transfer.upload_parts([("a.dcm", content)], "DICOM"))

        self.assertEqual([part.WhichOneof("part") for part in parts], ["header", "chunk", "chunk"])
        self.assertEqual((parts[2].chunk.offset, parts[2].chunk.last, parts[1].chunk.last), (transfer.CHUNK_BYTES, True, False))

    def test_a_file_of_the_server_never_leaves_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            inner = pathlib.Path(folder) / "in"
            inner.mkdir()
            path = transfer.save(wire.message("ObjectHeader")(file_name="../../evil.dcm"), b"x", inner)
            self.assertEqual(path, inner / "evil.dcm")
            with self.assertRaises(TransferError):
                transfer.save(wire.message("ObjectHeader")(file_name=".."), b"x", inner)


if __name__ == "__main__":
    unittest.main()
