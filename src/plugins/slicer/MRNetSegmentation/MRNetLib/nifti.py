"""A volume that did not come from DICOM, as a NIfTI-1 file in memory."""

import gzip
import struct

import numpy

_FLOAT32 = 16


def encode(array, matrix):
    """array: (k, j, i); matrix: IJK to RAS, mm, which is NIfTI's own frame. Returns the bytes of a .nii.gz file."""
    array = numpy.ascontiguousarray(array, "<f4")
    if array.ndim != 3:
        raise ValueError("The volume has {} axes; expected 3. Split it into single volumes first.".format(array.ndim))
    return gzip.compress(_header(array.shape[::-1], numpy.asarray(matrix, float)) + bytes(4) + array.tobytes(), 1, mtime=0)


def _header(size, matrix):
    spacing = numpy.linalg.norm(matrix[:3, :3], axis=0)
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, size[0], size[1], size[2], 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, _FLOAT32, 32)
    struct.pack_into("<8f", header, 76, 1, spacing[0], spacing[1], spacing[2], 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352, 1, 0)  # where voxels begin, slope, intercept
    header[123] = 2  # millimetres
    struct.pack_into("<2h", header, 252, 0, 1)  # qform unknown, sform: scanner
    for row in range(3):
        struct.pack_into("<4f", header, 280 + 16 * row, *matrix[row])
    header[344:348] = b"n+1\0"
    return bytes(header)
