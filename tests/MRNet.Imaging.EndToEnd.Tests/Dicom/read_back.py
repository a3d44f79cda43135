"""Reads a written Segmentation, label map, Parametric Map or Secondary Capture with pydicom and compares it, voxel for voxel, with what was meant.

usage: read_back.py OBJECT SOURCE EXPECTED

SOURCE is the folder or file the object was made from. EXPECTED holds the voxels on the source's grid, slices ascending
along the normal (row x column): uint8 (segment, slice, row, column) for a segmentation, uint8 (slice, row, column) for a
label map, float32 (slice, row, column) for a map, compared to half a step where it is stored in integers, uint8 (slice,
row, column, colour) for a picture. Nothing of MRNet is used. Prints "same" or what differs, and exits with 1.
"""
import os
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
import pydicom

SEG = "1.2.840.10008.5.1.4.1.1.66.4"
LABELS = "1.2.840.10008.5.1.4.1.1.66.7"
PICTURES = ("1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.4")


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


def picture(d, where, expected):
    """Frames of a Secondary Capture are the source's images in the order they are named."""
    got = d.pixel_array.reshape(-1, d.Rows, d.Columns, 3)
    named = [(s.ReferencedSOPInstanceUID, f) for s in d.SourceImageSequence for f in (np.atleast_1d(s.ReferencedFrameNumber) if "ReferencedFrameNumber" in s else [None])]
    order = {(uid, frame): k for k, (_, _, uid, frame) in enumerate(where)}
    if len(where) > 1 and not all(key in order for key in named):
        sys.exit("a named source is no image of the series")
    want = np.fromfile(expected, np.uint8).reshape(got.shape)
    if not np.array_equal(got, want):
        sys.exit(f"{np.count_nonzero(got != want)} of {got.size} samples differ")
    print("same", int(np.count_nonzero(got)))


def main(path, source, expected):
    d = pydicom.dcmread(path)
    where = planes(source)
    if d.SOPClassUID in PICTURES:
        return picture(d, where, expected)
    n, rows, columns = int(d.NumberOfFrames), int(d.Rows), int(d.Columns)
    pixels = d.pixel_array.reshape(n, rows, columns)
    is_map = d.SOPClassUID not in (SEG, LABELS)
    if is_map and "PixelData" in d:
        mapping = d.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
        pixels = pixels * np.float64(mapping.RealWorldValueSlope) + mapping.RealWorldValueIntercept
    segments = len(d.SegmentSequence) if d.SOPClassUID == SEG else 1
    got = np.zeros((segments, len(where), rows, columns), np.float32 if is_map else np.uint8)
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
    if is_map and "PixelData" in d:
        if np.abs(got - want).max() > 0.5 / 65535 + 1e-7:
            sys.exit(f"values differ by up to {np.abs(got - want).max()}")
    elif not np.array_equal(got, want):
        sys.exit(f"{np.count_nonzero(got != want)} of {got.size} voxels differ")
    print("same", int(np.count_nonzero(got)))


main(*sys.argv[1:])
