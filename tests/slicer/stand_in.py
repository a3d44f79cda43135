"""What the plugin calls of Slicer, so that its logic runs without it. Every call that is not proved by these tests is here:

    slicer.util: arrayFromVolume, updateVolumeFromArray, arrayFromVTKMatrix, vtkMatrixFromArray, getNodesByClass,
                 updateSegmentBinaryLabelmapFromArray, arrayFromSegmentBinaryLabelmap,
                 loadUI, childWidgetVariables, confirmOkCancelDisplay, pip_install, settingsValue, toBool
    slicer.packaging (from 5.12): load_requirements, pip_ensure
    slicer.mrmlScene: AddNewNodeByClass, GetFirstNodeByName, IsNodePresent, IsImporting, its events
    slicer.app: connect("startupCompleted()"), commandOptions, settingsDialog().addPanel
    slicer.modules: colors.logic().AddDefaultColorLegendDisplayNode, dicomsegmentationplugin; vtkSegment
    slicer.dicomDatabase (fileForInstance, fileValue, isOpen); DICOMLib.DICOMUtils.importDicom
    volume nodes: IJK to RAS matrix, image data's size, transform, storage node, attributes, display node
    segmentation nodes: segments with tags, display node, reference geometry, StartModify/EndModify, closed surface
    colour tables, slice nodes and slice composite nodes; markups: ROI bounds, control points
    parameter nodes: values of the types they have, connectGui, disconnectGui
    widgets of the .ui file: their properties, clicked(), the changed signals, blockSignals; combo boxes, tables, QTimer, QSettings
    ctkSettingsPanel.registerProperty, ctkBooleanMapper; the ScriptedLoadableModule classes, VTKObservationMixin

Arrays are kept and every call checks that it comes from the main thread. It proves our calls, not Slicer.
"""

import functools
import pathlib
import sys
import threading
import types
import xml.etree.ElementTree

import numpy
import vtk

IMPORTED = []
INSTALLED = []
ASKED = []  # what the user was asked; ANSWERS[0] is what he answers
ANSWERS = [True]
STORED = {}  # QSettings, which gives text back


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

    def GetID(self):
        return "{}{}".format(type(self).__name__, id(self))

    def IsA(self, name):
        return any(kind.__name__ == name for kind in type(self).__mro__)

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

    def SetAttribute(self, name, value):
        self.attributes[name] = value

    def StartModify(self):
        return 0

    def EndModify(self, changing):
        pass


class vtkMRMLVolumeNode(Node):
    pass


class vtkMRMLScalarVolumeNode(vtkMRMLVolumeNode):
    def __init__(self, name="volume", array=None, matrix=None):
        super().__init__(name)
        self.array, self.matrix = array, numpy.eye(4) if matrix is None else matrix

    def GetIJKToRASMatrix(self, out):
        out.DeepCopy(self.matrix.ravel())

    def SetIJKToRASMatrix(self, matrix):
        self.matrix = array_from_matrix(matrix)

    def GetImageData(self):
        return None if self.array is None else types.SimpleNamespace(GetDimensions=lambda: self.array.shape[2::-1])


class vtkMRMLColorTableNode(Node):
    def __init__(self, name):
        super().__init__(name)
        self.colors = {}

    def SetTypeToUser(self):
        pass

    def SetNumberOfColors(self, count):
        self.count = count

    def SetColor(self, n, red, green, blue, opacity):
        assert n < self.count
        self.colors[n] = (red, green, blue)


class vtkMRMLSliceCompositeNode(Node):
    """What one slice view shows."""

    def __init__(self, name="Red"):
        super().__init__(name)
        self.background = self.foreground = self.opacity = None

    def GetBackgroundVolumeID(self):
        return self.background

    def SetBackgroundVolumeID(self, identity):
        self.background = identity

    def SetForegroundVolumeID(self, identity):
        self.foreground = identity

    def SetForegroundOpacity(self, opacity):
        self.opacity = opacity


class vtkMRMLSliceNode(Node):
    """Where one slice view looks, as its matrix to RAS."""

    def __init__(self, matrix):
        super().__init__("slice")
        self.matrix = numpy.asarray(matrix, float)

    def GetSliceToRAS(self):
        return matrix_from_array(self.matrix)


class Scene:
    """Nodes, the views, the module's parameter node; tells those who observe it."""

    StartCloseEvent, EndCloseEvent, EndImportEvent, NodeAddedEvent = "StartClose", "EndClose", "EndImport", "NodeAdded"

    def __init__(self):
        self.nodes, self.observers, self.importing = [], [], False
        self.views = [vtkMRMLSliceCompositeNode("Red"), vtkMRMLSliceCompositeNode("Green")]
        self.planes = []
        self.parameters = {}

    @main_thread
    def AddNewNodeByClass(self, kind, name):
        return self.add(globals()[kind](name))

    def add(self, node):
        self.nodes.append(node)
        self.tell(self.NodeAddedEvent, node)
        return node

    def GetFirstNodeByName(self, name):
        return next((node for node in self.nodes if node.GetName() == name), None)

    def IsNodePresent(self, node):
        return node in self.nodes

    def IsImporting(self):
        return self.importing

    def RemoveNode(self, node):
        self.nodes.remove(node)

    def Clear(self):
        self.tell(self.StartCloseEvent)
        self.nodes, self.parameters = [], {}
        for view in self.views:
            view.background = view.foreground = None
        self.tell(self.EndCloseEvent)

    def load(self, nodes, parameters):
        """A saved scene in place of this one."""
        self.Clear()
        self.importing = True
        self.parameters.update(parameters)
        for node in nodes:
            self.add(node)
        self.importing = False
        self.tell(self.EndImportEvent)

    def tell(self, event, *data):
        for _, asked, method in [one for one in self.observers if one[1] == event]:
            method(self, event, *data)


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

    def RemoveClosedSurfaceRepresentation(self):
        self.surface = False


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
def import_dicom(folder, database, copyFiles=True):
    IMPORTED.extend(file.read_bytes() for file in sorted(pathlib.Path(folder).iterdir()))


class Widget:
    """A widget with whatever properties it is given; a changed one is told as Qt does."""

    _changed = {
        "value": "valueChanged(double)", "text": "textChanged(QString)", "checked": "toggled(bool)", "currentPath": "currentPathChanged(QString)",
        "valueAsInt": "valueAsIntChanged(int)", "currentIndex": "currentIndexChanged(int)", "node": "currentNodeChanged(vtkMRMLNode*)",
    }

    def __init__(self, *arguments):
        vars(self).update(slots=[], blocked=False, enabled=True, visible=True, text=str(arguments[0]) if arguments else "", checked=False, value=0, currentPath="", added=[])

    @main_thread
    def __setattr__(self, name, value):
        before = vars(self).get(name)
        vars(self)[name] = value
        if name in self._changed and before != value:
            self.emit(self._changed[name], value)

    def connect(self, signal, slot):
        self.slots.append((signal, slot))

    def emit(self, signal, *values):
        for name, slot in list(self.slots):
            if name.split("(")[0] == signal.split("(")[0] and not self.blocked:
                slot(*values)

    def click(self):
        assert self.enabled, "the button is not enabled"
        self.emit("clicked()")

    def blockSignals(self, on):
        self.blocked = on

    def layout(self):
        return self

    def addRow(self, *row):
        self.added.append(row)

    addWidget = addRow

    def setRange(self, least, most):
        self.range = least, most

    def setMRMLScene(self, scene):
        pass

    def deleteLater(self):
        pass


class ComboBox(Widget):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        vars(self).update(items=[], currentIndex=-1, edited=None)

    def addItem(self, text, data=None):
        self.items.append((text, data))
        if len(self.items) == 1:
            self.currentIndex = 0  # Qt chooses the first by itself

    def addItems(self, texts):
        for text in texts:
            self.addItem(text)

    def clear(self):
        self.items.clear()
        self.edited = None
        self.currentIndex = -1

    def findData(self, data):
        return next((n for n, item in enumerate(self.items) if item[1] == data), -1)

    def setCurrentIndex(self, index):
        self.currentIndex = index if index < len(self.items) else -1

    def choose(self, index):
        """As the user does."""
        self.setCurrentIndex(index)
        self.emit("activated(int)", index)

    def setEditText(self, text):
        self.edited = text

    @property
    def currentData(self):
        return self.items[self.currentIndex][1] if self.currentIndex >= 0 else None

    @property
    def currentText(self):
        return self.edited if self.edited is not None else self.items[self.currentIndex][0] if self.currentIndex >= 0 else ""


class NodeComboBox(Widget):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        vars(self).update(node=None)

    def currentNode(self):
        return self.node

    def setCurrentNode(self, node):
        self.node = node


class Table(Widget):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        vars(self).update(cells={})

    def setRowCount(self, count):
        self.cells.clear()

    def setItem(self, row, column, item):
        self.cells[row, column] = item


class Timer(Widget):
    """It runs only when a test lets it."""

    def __init__(self):
        super().__init__()
        vars(self).update(running=False, single=False)

    def setInterval(self, milliseconds):
        pass

    def setSingleShot(self, single):
        self.single = single

    def start(self):
        self.running = True

    def stop(self):
        self.running = False

    def fire(self):
        if self.running:
            self.running = not self.single
            self.emit("timeout()")


class BooleanMapper(Widget):
    def __init__(self, target, name, changed):
        super().__init__()
        vars(self).update(target=target)
        target.connect(changed, lambda on: self.emit("valueAsIntChanged(int)", int(on)))

    @property
    def valueAsInt(self):
        return int(self.target.checked)

    @valueAsInt.setter
    def valueAsInt(self, value):
        self.target.checked = bool(int(value))


class SettingsPanel(Widget):
    """Gives the widgets what is stored, and stores what the user changes in them."""

    def __init__(self, *arguments):
        super().__init__()
        vars(self).update(properties={})

    def registerProperty(self, key, widget, name, changed):
        self.properties[key] = widget
        if key in STORED:
            kind = type(getattr(widget, name))
            _set(widget, name, kind(STORED[key]))
        widget.connect(changed, lambda value: Settings().setValue(key, value))


def _set(widget, name, value):
    prop = getattr(type(widget), name, None)
    prop.fset(widget, value) if isinstance(prop, property) else setattr(widget, name, value)


class Settings:
    def setValue(self, key, value):
        STORED[key] = str(value)

    def value(self, key):
        return STORED[key]

    def contains(self, key):
        return key in STORED


def to_bool(value):
    try:
        return bool(int(value))
    except ValueError:
        return str(value).lower() == "true"


def settings_value(key, default, converter=lambda value: value):
    return converter(STORED[key]) if key in STORED else default


_KINDS = {"QComboBox": ComboBox, "qMRMLNodeComboBox": NodeComboBox, "QTableWidget": Table}


def load_ui(path):
    """The widgets of a .ui file by name, with the properties that it gives them."""
    panel = Widget()
    panel.named = {}
    for element in xml.etree.ElementTree.parse(path).iter("widget"):
        widget = panel.named[element.get("name")] = _KINDS.get(element.get("class"), Widget)()
        for prop in element.findall("property"):
            kind, text = prop[0].tag, prop[0].text or ""
            vars(widget)[prop.get("name")] = {"bool": lambda: text == "true", "double": lambda: float(text), "number": lambda: int(text)}.get(kind, lambda: text.strip())()
    return panel


class ParameterNode:
    """Values by name, kept in the scene; widgets named after them follow, and change them."""

    def __init__(self, node):
        vars(self).update(node=node)

    def __getattr__(self, name):
        if name not in type(self).__annotations__:
            raise AttributeError(name)
        return self.node.get(name, self._default(name))

    def __setattr__(self, name, value):
        assert name in type(self).__annotations__, name
        self.node[name] = value

    def _default(self, name):
        kind = type(self).__annotations__[name]
        return self._defaults.get(name, None if kind in (vtkMRMLVolumeNode, Node) else list() if "list" in str(kind) else kind())

    def connectGui(self, ui):
        bound = []
        for widget in vars(ui).values():
            name = vars(widget).get("SlicerParameterName")
            if name:
                what = "node" if isinstance(widget, NodeComboBox) else "checked" if isinstance(getattr(self, name), bool) else "value"
                setattr(widget, what, getattr(self, name))
                slot = Widget._changed[what], lambda value, name=name: setattr(self, name, value)
                widget.slots.append(slot)
                bound.append((widget, slot))
        return bound

    def disconnectGui(self, bound):
        for widget, slot in bound:
            widget.slots.remove(slot)


def parameter_node(kind):
    defaults = {name: value for name, value in vars(kind).items() if name in kind.__annotations__}
    return type(kind.__name__, (ParameterNode,), {"__annotations__": kind.__annotations__, "_defaults": defaults})


class Logic:
    def __init__(self, *arguments):
        pass

    def getParameterNode(self):
        return sys.modules["slicer"].mrmlScene.parameters


class ModuleWidget:
    def __init__(self, parent=None):
        self.layout = Widget()

    def setup(self):
        pass

    def resourcePath(self, name):
        return str(pathlib.Path(sys.modules["MRNetSegmentation"].__file__).parent / "Resources" / name)


class Observation:
    def addObserver(self, scene, event, method):
        scene.observers.append((self, event, method))

    def removeObservers(self):
        observers = sys.modules["slicer"].mrmlScene.observers
        observers[:] = [one for one in observers if one[0] is not self]


def ask_user(text):
    ASKED.append(text)
    return ANSWERS[0]


def reset():
    """An empty scene, no settings, a user who says yes."""
    for kept in (IMPORTED, INSTALLED, ASKED, STORED):
        kept.clear()
    ANSWERS[0] = True
    sys.modules["slicer"].mrmlScene = Scene()


@functools.cache
def install():
    """Puts the stand-ins where Python looks for Slicer; once, for the module keeps the first that it found."""
    slicer = _module(
        "slicer",
        mrmlScene=Scene(),
        dicomDatabase=Database(),
        app=Recorder(),
        modules=types.SimpleNamespace(colors=types.SimpleNamespace(logic=lambda: types.SimpleNamespace(AddDefaultColorLegendDisplayNode=_legend))),
        vtkSegment=types.SimpleNamespace(GetTerminologyEntryTagName=lambda: "TerminologyEntry"),
        vtkMRMLVolumeNode=vtkMRMLVolumeNode,
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
        getNodesByClass=lambda kind: {"vtkMRMLSliceNode": sys.modules["slicer"].mrmlScene.planes, "vtkMRMLSliceCompositeNode": sys.modules["slicer"].mrmlScene.views}[kind],
        loadUI=load_ui,
        childWidgetVariables=lambda panel: types.SimpleNamespace(**panel.named),
        confirmOkCancelDisplay=main_thread(ask_user),
        pip_install=main_thread(INSTALLED.append),
        settingsValue=settings_value,
        toBool=to_bool,
        VTKObservationMixin=Observation,
    )
    _module("slicer.i18n", tr=str, translate=lambda context, text: text)
    _module("slicer.parameterNodeWrapper", parameterNodeWrapper=parameter_node)
    empty = {name: type(name, (), {"__init__": lambda self, *a: None}) for name in ("ScriptedLoadableModule", "ScriptedLoadableModuleTest")}
    _module("slicer.ScriptedLoadableModule", ScriptedLoadableModuleLogic=Logic, ScriptedLoadableModuleWidget=ModuleWidget, **empty)
    _module("DICOMLib", DICOMUtils=types.SimpleNamespace(importDicom=import_dicom))
    _module("qt", QTimer=Timer, QSettings=Settings, QTableWidgetItem=str, SIGNAL=lambda name: name, QFormLayout=lambda parent: parent, QLineEdit=Widget, QCheckBox=Widget, QSpinBox=Widget)
    _module("ctk", ctkSliderWidget=Widget, ctkPathLineEdit=Widget, ctkSettingsPanel=SettingsPanel, ctkBooleanMapper=BooleanMapper)
    return slicer


def _legend(volume):
    volume.legend = Recorder()
    return volume.legend


def _module(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module
    return module
