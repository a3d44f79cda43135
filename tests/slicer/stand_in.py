"""What the plugin calls of Slicer, so that its logic runs without it. Every call that is not proved by these tests is here:

    slicer.util: arrayFromVolume, updateVolumeFromArray, arrayFromVTKMatrix, vtkMatrixFromArray, setSliceViewerLayers,
                 updateSegmentBinaryLabelmapFromArray, arrayFromSegmentBinaryLabelmap
    slicer.mrmlScene.AddNewNodeByClass; slicer.dicomDatabase (fileForInstance, fileValue, isOpen); vtkSegment
    volume nodes: IJK to RAS matrix, image data's size, transform, storage node, attribute, display node
    segmentation nodes: segments with tags, display node, reference geometry, StartModify/EndModify, closed surface
    markups: ROI bounds, control points; DICOMLib.DICOMUtils.importDicom; qt, ctk, the ScriptedLoadableModule classes (empty)

Arrays are kept and every call checks that it comes from the main thread. It proves our calls, not Slicer.
"""

import pathlib
import sys
import threading
import types

import numpy
import vtk

LAYERS = {}
IMPORTED = []


def main_thread(function):
    def checked(*arguments, **named):
        assert threading.current_thread() is threading.main_thread(), function.__name__ + " was called from a thread"
        return function(*arguments, **named)

    return checked


class Recorder:
    """Takes any call and remembers its arguments by name."""

    def __init__(self):
        self.said = {}

    def __getattr__(self, name):
        def call(*arguments):
            self.said[name] = arguments

        return main_thread(call)


class Node:
    def __init__(self, name="node"):
        self.name, self.display, self.transform, self.storage, self.attributes = name, Recorder(), None, None, {}

    def GetName(self):
        return self.name

    def IsA(self, name):
        return name == type(self).__name__

    def CreateDefaultDisplayNodes(self):
        pass

    def GetDisplayNode(self):
        return self.display

    def GetParentTransformNode(self):
        return self.transform

    def GetStorageNode(self):
        return self.storage

    def GetAttribute(self, name):
        return self.attributes.get(name)

    def StartModify(self):
        return 0

    def EndModify(self, changing):
        pass


class vtkMRMLScalarVolumeNode(Node):
    def __init__(self, name="volume", array=None, matrix=None):
        super().__init__(name)
        self.array, self.matrix = array, numpy.eye(4) if matrix is None else matrix

    def GetIJKToRASMatrix(self, out):
        out.DeepCopy(self.matrix.ravel())

    def SetIJKToRASMatrix(self, matrix):
        self.matrix = array_from_matrix(matrix)

    def GetImageData(self):
        return types.SimpleNamespace(GetDimensions=lambda: self.array.shape[2::-1])


class Segment:
    def __init__(self, label, color):
        self.label, self.color, self.tags, self.array = label, color, {}, None

    def SetTag(self, name, value):
        self.tags[name] = value


class Segmentation:
    def __init__(self):
        self.segments = {}

    def AddEmptySegment(self, identity, label, color):
        self.segments[identity] = Segment(label, color)

    def GetSegment(self, identity):
        return self.segments.get(identity)


class vtkMRMLSegmentationNode(Node):
    def __init__(self, name="segmentation"):
        super().__init__(name)
        self.segmentation, self.reference, self.surface = Segmentation(), None, False

    def GetSegmentation(self):
        return self.segmentation

    def SetReferenceImageGeometryParameterFromVolumeNode(self, volume):
        self.reference = volume

    def CreateClosedSurfaceRepresentation(self):
        self.surface = True


class vtkMRMLMarkupsROINode(Node):
    def __init__(self, bounds):
        super().__init__("roi")
        self.bounds = bounds

    def GetRASBounds(self, out):
        out[:] = self.bounds


class vtkMRMLMarkupsFiducialNode(Node):
    def __init__(self, *points):
        super().__init__("points")
        self.points = points

    def GetNumberOfControlPoints(self):
        return len(self.points)

    def GetNthControlPointPositionWorld(self, n, out):
        out[:] = self.points[n]


class Database:
    """UID to file, as Slicer's DICOM database gives it."""

    isOpen = True

    def __init__(self):
        self.files, self.modality = {}, "CT"

    def fileForInstance(self, uid):
        return self.files.get(uid, "")

    def fileValue(self, file, tag):
        return self.modality


def array_from_matrix(matrix):
    return numpy.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_from_array(array):
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(numpy.asarray(array, float).ravel())
    return matrix


@main_thread
def update_volume(node, array):
    node.array = numpy.array(array)


@main_thread
def update_segment(array, segmentation, identity, reference):
    assert array.shape == reference.array.shape, "the array is not on its reference's grid (k, j, i)"
    segmentation.GetSegmentation().GetSegment(identity).array = numpy.array(array)


def segment_array(segmentation, identity, reference):
    return segmentation.GetSegmentation().GetSegment(identity).array


@main_thread
def set_layers(**layers):
    LAYERS.update(layers)


@main_thread
def import_dicom(folder, database, copyFiles=True):
    IMPORTED.extend(file.read_bytes() for file in sorted(pathlib.Path(folder).iterdir()))


def install():
    """Puts the stand-ins where Python looks for Slicer."""
    slicer = _module(
        "slicer",
        mrmlScene=types.SimpleNamespace(AddNewNodeByClass=main_thread(lambda kind, name: globals()[kind](name))),
        dicomDatabase=Database(),
        vtkSegment=types.SimpleNamespace(GetTerminologyEntryTagName=lambda: "TerminologyEntry"),
        vtkMRMLVolumeNode=Node,
        vtkMRMLMarkupsNode=Node,
    )
    slicer.util = _module(
        "slicer.util",
        arrayFromVolume=lambda node: node.array,
        updateVolumeFromArray=update_volume,
        arrayFromVTKMatrix=array_from_matrix,
        vtkMatrixFromArray=matrix_from_array,
        updateSegmentBinaryLabelmapFromArray=update_segment,
        arrayFromSegmentBinaryLabelmap=segment_array,
        setSliceViewerLayers=set_layers,
        VTKObservationMixin=type("VTKObservationMixin", (), {}),
    )
    _module("slicer.i18n", tr=str, translate=lambda context, text: text)
    _module("slicer.parameterNodeWrapper", parameterNodeWrapper=lambda kind: kind)
    empty = {name: type(name, (), {"__init__": lambda self, *a: None}) for name in ("ScriptedLoadableModule", "ScriptedLoadableModuleLogic", "ScriptedLoadableModuleTest", "ScriptedLoadableModuleWidget")}
    _module("slicer.ScriptedLoadableModule", **empty)
    _module("DICOMLib", DICOMUtils=types.SimpleNamespace(importDicom=import_dicom))
    _module("qt")
    _module("ctk")
    return slicer


def _module(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module
    return module
