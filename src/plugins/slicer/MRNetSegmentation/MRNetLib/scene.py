"""The only file that touches Slicer's scene. Called from the main thread alone."""

import pathlib
import tempfile

import numpy
import slicer
import vtk

from . import geometry, nifti, transfer

_TERMINOLOGY = "Segmentation category and type - DICOM master list~{}~{}~^^~Anatomic codes - DICOM master list~{}~^^"
_PICTURES = (".png", ".jpg", ".jpeg")
_MOST = 0.5  # the largest standard deviation that numbers of 0..1 can have
_LEVELS = 256
_RESULT = "MRNet.Result"


class Unusable(Exception):
    """A volume that cannot be sent, with what to do about it."""


def images_of(volume):
    """What to upload for a volume node: (kind, files, note); `note` is "" or a sentence for the panel.

    DICOM files as they lie in Slicer's database keep the patient's identity, so that DICOM objects can be written; a
    photograph goes as its file; anything else as NIfTI. Raises Unusable.
    """
    if volume.GetParentTransformNode() is not None:
        raise Unusable("The volume is under a transform; harden or remove the transform, then segment.")
    files = _dicom_files(volume)
    if files:
        return "DICOM", [("{}.dcm".format(n), file) for n, file in enumerate(files)], ""
    picture = _picture_file(volume)
    if picture:
        return "PICTURE", [(picture.name, str(picture))], "No DICOM output: the picture did not come from DICOM."
    array = slicer.util.arrayFromVolume(volume)
    if array.ndim != 3:
        raise Unusable("The volume has several components; load the photograph from its PNG or JPEG file, or choose a scalar volume.")
    content = nifti.encode(array, slicer.util.arrayFromVTKMatrix(_ijk_to_ras(volume)))
    return "NIFTI", [("volume.nii.gz", content)], "No DICOM output: the volume did not come from DICOM."


def modality_of(volume):
    """ "CT", "MR", "OP", ... of a volume from DICOM or a picture; "" where it is not known."""
    files = _dicom_files(volume)
    if files:
        return slicer.dicomDatabase.fileValue(files[0], "0008,0060")
    return "OP" if _picture_file(volume) else ""


def region_box(roi, volume):
    """Voxels (x, y, z, columns, rows, slices) of a markups ROI within a volume. Raises ValueError when it lies beside."""
    bounds = [0.0] * 6
    roi.GetRASBounds(bounds)
    return geometry.box_of_bounds(bounds, slicer.util.arrayFromVTKMatrix(_ijk_to_ras(volume)), volume.GetImageData().GetDimensions())


def fiducial_lps(points):
    """The first point of a markups fiducial node, LPS mm. Raises ValueError when there is none."""
    if points.GetNumberOfControlPoints() == 0:
        raise ValueError("The list of points is empty; set one on the structure.")
    position = [0.0] * 3
    points.GetNthControlPointPositionWorld(0, position)
    return geometry.ras_to_lps(position)


def import_into_database(objects):
    """Puts DICOM objects (ObjectHeader, bytes) into Slicer's DICOM database; returns how many. Raises Unusable without a
    database, TransferError for an object that arrived changed."""
    from DICOMLib import DICOMUtils

    if not slicer.dicomDatabase or not slicer.dicomDatabase.isOpen:
        raise Unusable("Slicer's DICOM database is not open; open the DICOM module once, then save again.")
    with tempfile.TemporaryDirectory() as folder:
        for header, content in objects:
            transfer.save(header, content, folder)
        DICOMUtils.importDicom(folder, slicer.dicomDatabase, copyFiles=True)
    return len(objects)


def can_load_objects():
    """Slicer can read DICOM segmentations back into a scene: of itself, or with the extension QuantitativeReporting."""
    return hasattr(slicer.modules, "dicomsegmentationplugin")


def is_result(node):
    """One of our own nodes, not a volume that the user loaded."""
    return node.GetAttribute(_RESULT) is not None


class Overlay:
    """The nodes of one answer: masks, uncertainty, and on request probability and the raters' outlines.

    A mask that the user has edited is left alone: the next answer goes into a new segmentation (`replaced` is then True).
    """

    def __init__(self, volume, model):
        self._volume, self._model = volume, model
        self._written = {}
        self._segmentation = self._raters = self._uncertainty = None
        self._volumes = {}
        self._shape = None
        self._threshold, self._opacity = 0.05, 0.5
        self._has_3d = False
        self.replaced = False

    @property
    def nodes(self):
        return [node for node in [self._segmentation, self._raters, self._uncertainty, *self._volumes.values()] if node is not None]

    @property
    def shape(self):
        return self._shape

    def place(self, grid):
        """Makes the nodes on the grid of an answer, once."""
        if self._shape is not None:
            return
        self._shape = geometry.shape(grid)
        self._matrix = geometry.ijk_to_ras(grid) if geometry.has_position(grid) else slicer.util.arrayFromVTKMatrix(_ijk_to_ras(self._volume))
        self._uncertainty = self._new_uncertainty()
        self._segmentation = self._new_segmentation("")

    def on_screen(self):
        """Slices (k) that views along the slices show now: they are asked for first."""
        if self._shape is None:
            return []
        to_ijk, seen = numpy.linalg.inv(self._matrix), set()
        for view in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
            plane = to_ijk @ slicer.util.arrayFromVTKMatrix(view.GetSliceToRAS())
            k = int(round(plane[2, 3]))
            if numpy.abs(plane[2, :2]).max() < 1e-3 and 0 <= k < self._shape[0]:
                seen.add(k)
        return sorted(seen)

    def show_masks(self, masks):
        """masks: {structure number: bool array (k, j, i)}."""
        if _is_gone(self._segmentation):
            self._segmentation = self._new_segmentation("")
        elif any(self._edited(number) for number in masks):
            self.replaced = True  # stays: a coarse answer is followed by a refined one
            self._segmentation = self._new_segmentation(" (new weights)")
        elif self._has_3d:
            self._segmentation.RemoveClosedSurfaceRepresentation()  # costs more than the mask; `settle` makes it again
        changing = self._segmentation.StartModify()
        for number, mask in masks.items():
            array = mask.astype(numpy.uint8)
            slicer.util.updateSegmentBinaryLabelmapFromArray(array, self._segmentation, _segment_id(number), self._uncertainty)
            self._written[number] = array
        self._segmentation.EndModify(changing)

    def show_raters(self, masks):
        """masks: {(structure number, rater id): bool array}; outlines only, in a segmentation of their own."""
        if _is_gone(self._raters):
            self._raters = self._new_segmentation_node("raters")
            self._raters.GetDisplayNode().SetVisibility2DFill(False)
        changing = self._raters.StartModify()
        for (number, rater), mask in masks.items():
            structure = self._structure(number)
            identity = "{}-{}".format(_segment_id(number), rater)
            if self._raters.GetSegmentation().GetSegment(identity) is None:
                _add_segment(self._raters, identity, "{}: {}".format(structure.label, rater), structure)
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(numpy.uint8), self._raters, identity, self._uncertainty)
        self._raters.EndModify(changing)

    def show_uncertainty(self, array):
        """array: (k, j, i), 0..0.5; below the threshold of `set_uncertainty_look` it is transparent."""
        if _is_gone(self._uncertainty):
            self._uncertainty = self._new_uncertainty()
        slicer.util.updateVolumeFromArray(self._uncertainty, array)
        self._uncertainty.GetDisplayNode().SetWindowLevelMinMax(0.0, max(float(array.max()), 1e-3))
        self._lay_over()

    def set_uncertainty_look(self, threshold, opacity):
        """threshold: 0..0.5; opacity: 0..1. Kept for the answers that follow."""
        self._threshold, self._opacity = threshold, opacity
        if not _is_gone(self._uncertainty):
            self._uncertainty.GetDisplayNode().SetLowerThreshold(threshold)
            self._lay_over()

    def _lay_over(self):
        """Over our volume and in empty views; where the user looks at another volume, nothing changes."""
        for view in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            if view.GetBackgroundVolumeID() in (None, "", self._volume.GetID()):
                view.SetBackgroundVolumeID(self._volume.GetID())
                view.SetForegroundVolumeID(self._uncertainty.GetID())
                view.SetForegroundOpacity(self._opacity)

    def show_probability(self, number, array):
        """array: (k, j, i), 0..1, as a volume of its own that is not shown at once."""
        node = self._volumes.get(number)
        if _is_gone(node):
            self._volumes[number] = node = self._new_volume("probability of {}".format(self._structure(number).label))
        slicer.util.updateVolumeFromArray(node, array)

    def show_3d(self):
        if not _is_gone(self._segmentation):
            self._has_3d = True
            self._segmentation.CreateClosedSurfaceRepresentation()

    def settle(self):
        """An answer is whole: surfaces that were shown are made of it."""
        if self._has_3d:
            self.show_3d()

    def _edited(self, number):
        """Somebody else wrote into the segment since we did, or took it away."""
        if number not in self._written:
            return False
        if self._segmentation.GetSegmentation().GetSegment(_segment_id(number)) is None:
            return True
        present = slicer.util.arrayFromSegmentBinaryLabelmap(self._segmentation, _segment_id(number), self._uncertainty)
        return not numpy.array_equal(present > 0, self._written[number] > 0)

    def _new_segmentation(self, suffix):
        self._written = {}
        node = self._new_segmentation_node("segmentation" + suffix)
        node.GetDisplayNode().SetOpacity(0.5)
        for structure in self._model.structures:
            _add_segment(node, _segment_id(structure.number), structure.label, structure)
        return node

    def _new_segmentation_node(self, name):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", self._name(name))
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(self._volume)
        return node

    def _new_uncertainty(self):
        node = self._new_volume("uncertainty")
        display = node.GetDisplayNode()
        display.SetAndObserveColorNodeID(_colors().GetID())
        display.AutoWindowLevelOff()
        display.SetLowerThreshold(self._threshold)
        display.SetUpperThreshold(_MOST)
        display.ApplyThresholdOn()
        legend = slicer.modules.colors.logic().AddDefaultColorLegendDisplayNode(node)
        legend.SetTitleText("Uncertainty")
        legend.SetLabelFormat("%.2f")
        legend.SetVisibility(True)
        return node

    def _new_volume(self, name):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", self._name(name))
        slicer.util.updateVolumeFromArray(node, numpy.zeros(self._shape, numpy.float32))
        node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(self._matrix))
        node.SetAttribute(_RESULT, name)
        node.CreateDefaultDisplayNodes()
        return node

    def _structure(self, number):
        return next(structure for structure in self._model.structures if structure.number == number)

    def _name(self, what):
        return "{} {}".format(self._volume.GetName(), what)


def _is_gone(node):
    """Not made yet, or taken out of the scene by the user."""
    return node is None or not slicer.mrmlScene.IsNodePresent(node)


def _colors():
    """The table of the uncertainty, from blue over green and yellow to red; one for all volumes of a scene."""
    name = "MRNet uncertainty"
    node = slicer.mrmlScene.GetFirstNodeByName(name)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
        node.SetTypeToUser()
        node.SetNumberOfColors(_LEVELS)
        for level in range(_LEVELS):
            node.SetColor(level, *[min(1.0, max(0.0, 1.5 - abs(4.0 * level / (_LEVELS - 1) - centre))) for centre in (3, 2, 1)], 1.0)
    return node


def _segment_id(number):
    return "MRNet_{}".format(number)


def _add_segment(node, identity, label, structure):
    color = [(structure.color >> shift & 255) / 255.0 for shift in (16, 8, 0)]
    node.GetSegmentation().AddEmptySegment(identity, label, color)
    node.GetSegmentation().GetSegment(identity).SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), terminology(structure))


def terminology(structure):
    """Slicer's text for the codes of a structure (DICOM PS3.3 C.8.20.4)."""
    return _TERMINOLOGY.format(*(_code(structure, field) for field in ("category", "type", "region")))


def _code(structure, field):
    if not structure.HasField(field):
        return "^^"
    code = getattr(structure, field)
    return "^".join((code.scheme, code.value, code.meaning))


def _dicom_files(volume):
    uids = (volume.GetAttribute("DICOM.instanceUIDs") or "").split()
    files = [slicer.dicomDatabase.fileForInstance(uid) for uid in uids] if uids and slicer.dicomDatabase else []
    return files if files and all(files) else []


def _picture_file(volume):
    storage = volume.GetStorageNode()
    file = pathlib.Path(storage.GetFileName() or "") if storage else None
    return file if file and file.suffix.lower() in _PICTURES and file.is_file() else None


def _ijk_to_ras(volume):
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix
