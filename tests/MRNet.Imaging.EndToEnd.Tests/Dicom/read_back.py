"""Reads a written Segmentation or Parametric Map with pydicom and compares it, voxel for voxel, with what was meant.

usage: read_back.py OBJECT SOURCE EXPECTED

SOURCE is the folder or file the object was made from. EXPECTED holds the voxels on the source's grid, slices ascending
along the normal (row x column): uint8 (segment, slice, row, column) for a segmentation, float32 (slice, row, column)
for a map. Nothing of MRNet is used. Prints "same" or what differs, and exits with 1.
"""
import os
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
import pydicom

SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def planes(path):
    """(distance, position, instance UID, frame number) of every source plane, ascending along the normal."""
    files = [path] if os.path.isfile(path) else [os.path.join(d, f) for d, _, fs in os.walk(path) for f in fs]
    found = []
    for file in files:
        d = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        uid = str(d.get("SOPInstanceUID") or d.file_meta.MediaStorageSOPInstanceUID)
        per = d.get("PerFrameFunctionalGroupsSequence")
        if not per:
            found.append((d.get("ImageOrientationPatient"), d.get("ImagePositionPatient"), uid, None))
            continue
        shared = d.SharedFunctionalGroupsSequence[0]
        for i, frame in enumerate(per):
            holder = frame if "PlaneOrientationSequence" in frame else shared
            found.append((holder.PlaneOrientationSequence[0].ImageOrientationPatient, frame.PlanePositionSequence[0].ImagePositionPatient, uid, i + 1))
    if found[0][1] is None:
        return [(0.0, [0.0, 0.0, 0.0], uid, frame) for _, _, uid, frame in found]
    a = np.array(found[0][0], float)
    normal = np.cross(a[:3], a[3:])
    return sorted((float(np.dot(normal, np.array(p, float))), [float(v) for v in p], uid, frame) for _, p, uid, frame in found)


def main(path, source, expected):
    d = pydicom.dcmread(path)
    n, rows, columns = int(d.NumberOfFrames), int(d.Rows), int(d.Columns)
    pixels = d.pixel_array.reshape(n, rows, columns)
    where = planes(source)
    segments = len(d.SegmentSequence) if d.SOPClassUID == SEG else 1
    got = np.zeros((segments, len(where), rows, columns), np.uint8 if d.SOPClassUID == SEG else np.float32)
    for i, frame in enumerate(d.PerFrameFunctionalGroupsSequence):
        position = [float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient]
        reference = frame.DerivationImageSequence[0].SourceImageSequence[0]
        z = [k for k, (_, p, _, _) in enumerate(where) if np.allclose(p, position, atol=1e-6)]
        if len(z) != 1:
            sys.exit(f"frame {i + 1} lies at no plane of the source: {position}")
        _, _, uid, number = where[z[0]]
        if reference.ReferencedSOPInstanceUID != uid or reference.get("ReferencedFrameNumber") != number:
            sys.exit(f"frame {i + 1} refers to another image than the one at its position")
        segment = int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber) - 1 if d.SOPClassUID == SEG else 0
        got[segment, z[0]] = pixels[i]
    want = np.fromfile(expected, got.dtype).reshape(got.shape)
    if not np.array_equal(got, want):
        sys.exit(f"{np.count_nonzero(got != want)} of {got.size} voxels differ")
    print("same", int(np.count_nonzero(got)))


main(*sys.argv[1:])
