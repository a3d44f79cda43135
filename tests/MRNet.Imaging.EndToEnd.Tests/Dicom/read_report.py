"""Reads a measurement report (TID 1500) with pydicom and prints a line for each number: tracking label, unit, value.

usage: read_report.py REPORT SEGMENTATION

Fails when a group's tracking identifiers are not those of the segment it refers to, or when an instance in the tree is
missing from the evidence. Nothing of MRNet is used.
"""
import sys
import warnings

warnings.simplefilter("ignore")
import pydicom


def named(item, meaning):
    return [child for child in item.get("ContentSequence", []) if child.ConceptNameCodeSequence[0].CodeMeaning == meaning]


def walk(item):
    yield item
    for child in item.get("ContentSequence", []):
        yield from walk(child)


def main(report, segmentation):
    sr, seg = pydicom.dcmread(report), pydicom.dcmread(segmentation)
    tracking = {int(s.SegmentNumber): (s.TrackingID, s.TrackingUID, s.SegmentLabel) for s in seg.SegmentSequence}
    evidence = {i.ReferencedSOPInstanceUID for study in sr.CurrentRequestedProcedureEvidenceSequence for s in study.ReferencedSeriesSequence for i in s.ReferencedSOPSequence}
    for item in walk(sr):
        if item.ValueType == "IMAGE" and item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID not in evidence:
            sys.exit("the tree names an instance that is not in the evidence")
    groups = [item for item in walk(sr) if item.ValueType == "CONTAINER" and item.ConceptNameCodeSequence[0].CodeValue == "125007"]
    for group in groups:
        label = named(group, "Tracking Identifier")[0].TextValue
        refs = named(group, "Referenced Segment") + named(group, "Referenced Segmentation Frame")
        if refs:
            ref = refs[0].ReferencedSOPSequence[0]
            if ref.ReferencedSOPInstanceUID != seg.SOPInstanceUID:
                sys.exit("the group refers to another object")
            number = int(ref.ReferencedSegmentNumber) if "ReferencedSegmentNumber" in ref else int(
                seg.PerFrameFunctionalGroupsSequence[int(ref.ReferencedFrameNumber) - 1].SegmentIdentificationSequence[0].ReferencedSegmentNumber)
            have = (label, named(group, "Tracking Unique Identifier")[0].UID)
            if have != tracking[number][:2]:
                sys.exit(f"tracking of segment {number} is {tracking[number][:2]}, the report says {have}")
            label = tracking[number][2]
        for number in [child for child in group.ContentSequence if child.ValueType == "NUM"]:
            value = number.MeasuredValueSequence[0]
            unit = value.MeasurementUnitsCodeSequence[0].CodeValue
            print(label, unit, f"{float(value.NumericValue):.4f}")


main(*sys.argv[1:])
