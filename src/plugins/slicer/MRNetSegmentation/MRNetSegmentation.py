"""The module as Slicer loads it: panel, logic, settings, self-test. The work is done in MRNetLib."""

import ctk
import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

POLL_MS = 50
DEBOUNCE_MS = 150
LOAD_MS = 500
DEFAULT_SERVER = "http://127.0.0.1:50051"
LAST_SERVERS = 10

# What Slicer keeps for this user, as MRNet/<name>; a token is not among it.
SETTINGS = {
    "Server": DEFAULT_SERVER,
    "Servers": "",  # those connected to last, the latest first, with spaces between
    "CA": "",
    "Certificate": "",
    "Key": "",
    "ConfirmUpload": True,
    "AutoRun": False,
    "ChunkKiB": 1024,
}


def setting(name):
    """A setting of this user, of the type of its default."""
    default = SETTINGS[name]
    return slicer.util.settingsValue("MRNet/" + name, default, converter=slicer.util.toBool if isinstance(default, bool) else type(default))


def keep(name, value):
    qt.QSettings().setValue("MRNet/" + name, value)


def lastServers():
    """Addresses for the panel's list: the one to use first, then those used last."""
    return list(dict.fromkeys([setting("Server"), *setting("Servers").split()]))


class MRNetSegmentation(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("MRNet Segmentation")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.contributors = ["MRNet.Imaging"]
        parent.helpText = _(
            "Outlines a structure as several experts would, shows where they disagree, and answers when you say how much each "
            "of them counts. Needs a MRNet.Imaging server (mrnet serve). Not a medical device."
        )
        parent.acknowledgementText = _("Ji et al., Learning Calibrated Medical Image Segmentation via Multi-rater Agreement Modeling, CVPR 2021.")
        slicer.app.connect("startupCompleted()", self.addSettingsPanel)

    def addSettingsPanel(self):
        if not slicer.app.commandOptions().noMainWindow:
            self.settingsPanel = MRNetSettingsPanel()
            slicer.app.settingsDialog().addPanel("MRNet", self.settingsPanel)


class MRNetSettingsPanel(ctk.ctkSettingsPanel):
    """Edit > Application Settings > MRNet. Slicer reads and writes the values; the module takes them when it needs them."""

    def __init__(self, *arguments):
        ctk.ctkSettingsPanel.__init__(self, *arguments)
        self.rows = qt.QFormLayout(self)
        self._text("Server", _("Server"), _("https://host:port; http:// only for this computer"))
        self._text("Servers", _("Servers used last"), _("Up to ten addresses with spaces between; take out what the list should not offer"))
        self._file("CA", _("CA certificate"), _("PEM file of the authority that signed the server's certificate; empty: the system's"))
        self._file("Certificate", _("Own certificate"), _("PEM file, where the server asks for one"))
        self._file("Key", _("Own key"), _("PEM file of the key to it"))
        self._check("ConfirmUpload", _("Ask before the first upload to another machine"))
        self._check("AutoRun", _("Segment a volume as soon as it is loaded, while the module is connected"))
        self._number("ChunkKiB", _("Piece of an upload, KiB"), 64, 1024)

    def _text(self, name, label, help):
        self._row(name, label, help, qt.QLineEdit(), "text", "textChanged(QString)")

    def _file(self, name, label, help):
        self._row(name, label, help, ctk.ctkPathLineEdit(), "currentPath", "currentPathChanged(QString)")

    def _number(self, name, label, least, most):
        box = qt.QSpinBox()
        box.setRange(least, most)
        self._row(name, label, "", box, "value", "valueChanged(int)")

    def _check(self, name, label):
        box = qt.QCheckBox(label)
        box.checked = SETTINGS[name]
        self.rows.addRow(box)
        mapper = ctk.ctkBooleanMapper(box, "checked", str(qt.SIGNAL("toggled(bool)")))
        self.registerProperty("MRNet/" + name, mapper, "valueAsInt", str(qt.SIGNAL("valueAsIntChanged(int)")))

    def _row(self, name, label, help, widget, what, changed):
        setattr(widget, what, SETTINGS[name])
        widget.toolTip = help
        self.rows.addRow(label, widget)
        self.registerProperty("MRNet/" + name, widget, what, str(qt.SIGNAL(changed)))


@parameterNodeWrapper
class MRNetSegmentationParameterNode:
    """The user's choices; they are saved with the scene."""

    inputVolume: slicer.vtkMRMLVolumeNode
    region: slicer.vtkMRMLMarkupsNode
    modelId: str
    weights: list[float]
    regionSizeMm: float = 60.0
    raters: bool = False
    probability: bool = False
    threshold: float = 0.5
    uncertaintyThreshold: float = 0.05
    uncertaintyOpacity: float = 0.5


class MRNetSegmentationLogic(ScriptedLoadableModuleLogic):
    """From a volume to an overlay. For scripts: connect(), then process(volume, model id)."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.client = self.server = self.session = self.overlay = self.asked = None
        self.models, self.agreed = [], set()
        self.identified = False  # the volume on screen came from DICOM, so that the server can write DICOM objects of it

    def getParameterNode(self):
        return MRNetSegmentationParameterNode(super().getParameterNode())

    def connect(self, address, token="", ca="", certificate="", key="", allowInsecure=False, wait=True):
        """Asks the server what it is and what it offers. Raises ServerError, ValueError for an address that cannot be one.

        With wait=False (the panel) it returns at once, and `pollServer` says when the answer is there.
        """
        from MRNetLib import client

        self.close()
        self.client = client.Client(address, token, ca, certificate, key, allowInsecure, setting("ChunkKiB") << 10)
        self.ask()
        if wait:
            while not self.pollServer():
                _rest()

    def ask(self):
        """Server and models anew: at the beginning, and when the server says that a model is not what it was."""
        from MRNetLib import jobs

        self.asked = jobs.ask(self.client)

    def pollServer(self):
        """True once, when the server has answered; raises what it failed with."""
        for kind, *values in self.asked.drain() if self.asked else ():
            if kind == "server":
                self.server, self.models = values
            else:
                self.asked = None
                if kind == "error":
                    raise values[0]
                return True
        return False

    def mustAsk(self, address):
        """Images would go to another machine for the first time, and the user wants to be asked."""
        from MRNetLib import client

        return setting("ConfirmUpload") and address not in self.agreed and not client.is_loopback(client.parse(address)[0])

    def modelsFor(self, volume):
        """The models for a volume's modality; all where it is not known."""
        from MRNetLib import scene

        modality = scene.modality_of(volume) if volume is not None else ""
        return [model for model in self.models if not modality or modality in model.modalities]

    def model(self, modelId):
        return next((model for model in self.models if model.id == modelId), None)

    def process(self, volume, modelId, weights=(), threshold=0.0, region=None, sizeMm=60.0, raters=False, probability=False, wait=False):
        """Starts a segmentation; with wait=True (scripts, batch) returns when it has ended and raises what it failed with.

        weights: one per rater, empty for the model's own; region: a markups ROI, or points (the first is the centre of a box of
        sizeMm along each side). Raises scene.Unusable or ValueError with what to do. Returns a note for the user, or "".
        """
        from MRNetLib import scene, session

        model = self.model(modelId)
        if model is None:
            raise ValueError("The server has no model '{}'; choose one of the list.".format(modelId))
        kind, files, note = scene.images_of(volume)
        box, around = _regionOf(scene, region, volume, sizeMm)
        extra = ["OUTPUT_RATER_MASKS"] * bool(raters) + ["OUTPUT_PROBABILITY"] * bool(probability)
        modality = model.modalities[0] if kind == "NIFTI" and model.modalities else ""

        self.release()
        self.identified = kind == "DICOM"
        self.overlay = scene.Overlay(volume, model)
        self.session = session.Session(self.client, model, self.overlay)
        self.session.segment((kind, files), list(weights or model.default_weights), threshold, box, around, extra, modality)
        if wait:
            self.finish()
        return note

    def reweight(self, weights, threshold=0.0, wait=False):
        self.session.reweight(weights, threshold)
        if wait:
            self.finish()

    def saveToDatabase(self, threshold=0.0):
        """Makes the DICOM objects of what is on screen and puts them into Slicer's DICOM database. Returns how many."""
        from MRNetLib import scene

        self.session.fetch_objects(threshold)
        self.finish()
        return scene.import_into_database(self.session.take_objects())

    def poll(self):
        return self.session is not None and self.session.poll()

    def finish(self):
        """Waits in a script for what runs; raises what it failed with."""
        while self.session.busy:
            self.session.poll()
            _rest()
        if self.session.error is not None:
            raise self.session.error

    def release(self):
        """Ends what runs and lets the server free its memory; what is on screen stays."""
        if self.session is not None:
            self.session.close()
        self.session = None

    def forget(self):
        """The scene is gone, and with it what was on screen."""
        self.release()
        self.overlay = None

    def close(self):
        if self.asked is not None:
            self.asked.cancel()
        if self.session is not None:
            self.session.close(client_too=True)
        elif self.client is not None:
            self.client.close()
        self.client = self.session = self.asked = None
        self.models = []


def _rest():
    import time

    time.sleep(POLL_MS / 1000)


def _regionOf(scene, region, volume, sizeMm):
    """(box, around) of which at most one is given."""
    if region is None:
        return None, None
    if region.IsA("vtkMRMLMarkupsROINode"):
        return scene.region_box(region, volume), None
    return None, (scene.fiducial_lps(region), [sizeMm] * 3)


class MRNetSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel. Three timers: one empties the queues, one waits until a slider rests, one until a volume is loaded."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.sliders = []
        self.loaded = self.parameters = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/MRNetSegmentation.ui"))
        panel.setMRMLScene(slicer.mrmlScene)
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        self.logic = MRNetSegmentationLogic()
        self.ui.serverCombo.addItems(lastServers())
        self.ui.caEdit.currentPath, self.ui.certificateEdit.currentPath, self.ui.keyEdit.currentPath = setting("CA"), setting("Certificate"), setting("Key")
        self._connectWidgets()
        self.pollTimer = self._timer(POLL_MS, self.onPoll, singleShot=False)
        self.restTimer = self._timer(DEBOUNCE_MS, self.onSlidersRest, singleShot=True)
        self.loadTimer = self._timer(LOAD_MS, self.onLoaded, singleShot=True)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onNewScene)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onNewScene)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)
        self.onNewScene()

    def cleanup(self):
        for timer in (self.pollTimer, self.restTimer, self.loadTimer):
            timer.stop()
        self.parameters.disconnectGui(self.bound)
        self.parameters = None
        self.removeObservers()
        self.logic.close()

    def onSceneClose(self, caller, event):
        """What runs is ended; the panel shows nothing of the scene that goes."""
        self.restTimer.stop()
        self.loaded = None
        self.logic.forget()
        self._fillTable([])
        self.ui.noteLabel.text = self.ui.statusLabel.text = ""
        self.showError(None)

    def onNewScene(self, caller=None, event=None):
        """The choices of the new scene: most are bound to their widgets, model and weights are taken where theirs are filled."""
        if self.parameters is not None:
            self.parameters.disconnectGui(self.bound)
        self.parameters = self.logic.getParameterNode()
        self.bound = self.parameters.connectGui(self.ui)
        self.onVolumeChanged(self.ui.volumeSelector.currentNode())

    def _connectWidgets(self):
        self.ui.installButton.connect("clicked()", self.onInstall)
        self.ui.testButton.connect("clicked()", self.onConnect)
        self.ui.applyButton.connect("clicked()", self.onApply)
        self.ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onVolumeChanged)
        self.ui.modelCombo.connect("currentIndexChanged(int)", self.onModelChanged)
        self.ui.presetCombo.connect("activated(int)", self.onPreset)
        self.ui.undoButton.connect("clicked()", self.onUndo)
        self.ui.thresholdSlider.connect("valueChanged(double)", lambda value: self.restTimer.start())
        self.ui.uncertaintyThresholdSlider.connect("valueChanged(double)", self.onUncertaintyLook)
        self.ui.uncertaintyOpacitySlider.connect("valueChanged(double)", self.onUncertaintyLook)
        self.ui.show3DButton.connect("clicked()", lambda: self.logic.overlay.show_3d())
        self.ui.saveButton.connect("clicked()", self.onSave)
        self.ui.sendButton.connect("clicked()", self.onSend)

    def _timer(self, milliseconds, do, singleShot):
        timer = qt.QTimer()
        timer.setInterval(milliseconds)
        timer.setSingleShot(singleShot)
        timer.connect("timeout()", do)
        return timer

    def onInstall(self):
        """Only here, on the main thread, when the user asks: never at import."""
        requirements = self.resourcePath("requirements.txt")
        if hasattr(slicer, "packaging"):  # from 5.12 on; it asks by itself
            slicer.packaging.pip_ensure(slicer.packaging.load_requirements(requirements), requester="MRNet")
        elif slicer.util.confirmOkCancelDisplay(_("grpcio and protobuf will be installed into Slicer's Python. Go on?")):
            slicer.util.pip_install("-r " + requirements)
        self.showReady()

    def onConnect(self):
        from MRNetLib import client

        address = self.ui.serverCombo.currentText.strip()
        try:
            insecure = client.in_the_clear(address)
            if insecure and not slicer.util.confirmOkCancelDisplay(_("{address} would be spoken to without TLS: images would cross the network in the clear. Go on?").format(address=address)):
                return
            self.logic.connect(
                address, self.ui.tokenEdit.text, self.ui.caEdit.currentPath, self.ui.certificateEdit.currentPath, self.ui.keyEdit.currentPath, insecure, wait=False
            )
        except (ValueError, OSError) as error:
            return self.showError(error)
        self.showError(None)
        self.ui.statusLabel.text = _("Asking {address}.").format(address=address)
        self.ui.testButton.enabled = False
        self.pollTimer.start()

    def _takeServer(self):
        """The server's answer, when it is there: kept in the settings, shown in the lists."""
        try:
            if not self.logic.pollServer():
                return
        except Exception as error:
            self.ui.statusLabel.text = ""
            self.showError(error)
            return self.showReady()
        address = self.logic.client.address
        keep("Servers", " ".join([address, *(one for one in lastServers() if one != address)][:LAST_SERVERS]))
        for name, value in (("Server", address), ("CA", self.ui.caEdit.currentPath), ("Certificate", self.ui.certificateEdit.currentPath), ("Key", self.ui.keyEdit.currentPath)):
            keep(name, value)
        self.ui.serverCombo.clear()
        self.ui.serverCombo.addItems(lastServers())
        self.ui.statusLabel.text = _("Connected to {address}, version {version}.").format(address=address, version=self.logic.server.version)
        self.ui.pacsCombo.clear()
        self.ui.pacsCombo.addItems(list(self.logic.server.pacs))
        self.onVolumeChanged(self.ui.volumeSelector.currentNode())

    def onVolumeChanged(self, volume):
        self.ui.modelCombo.blockSignals(True)  # while it is filled its first model would pass for the user's choice
        self.ui.modelCombo.clear()
        for model in self.logic.modelsFor(volume):
            self.ui.modelCombo.addItem(model.display_name, model.id)
        self.ui.modelCombo.setCurrentIndex(max(0, self.ui.modelCombo.findData(self.parameters.modelId)))
        self.ui.modelCombo.blockSignals(False)
        self.onModelChanged(self.ui.modelCombo.currentIndex)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller, event, node):
        """A volume that the user loads, not one of a scene being opened, is segmented when its voxels are there, if he wants that."""
        isVolume = node.IsA("vtkMRMLScalarVolumeNode") and not node.IsA("vtkMRMLLabelMapVolumeNode")  # vector volumes are scalar ones too
        if isVolume and self.logic.models and not slicer.mrmlScene.IsImporting() and setting("AutoRun"):
            self.loaded = node
            self.loadTimer.start()

    def onLoaded(self):
        from MRNetLib import scene

        node = self.loaded
        if node is None or scene.is_result(node) or not slicer.mrmlScene.IsNodePresent(node):
            return
        if node.GetImageData() is None or (self.logic.session is not None and self.logic.session.busy):
            return self.loadTimer.start()
        self.loaded = None
        self.ui.volumeSelector.setCurrentNode(node)
        if self.ui.applyButton.enabled:
            self.onApply()

    def onModelChanged(self, index):
        model = self.logic.model(self.ui.modelCombo.currentData)
        saved = self.parameters.weights if model is not None and model.id == self.parameters.modelId else []
        self._makeSliders(model, saved)
        self.ui.presetCombo.clear()
        if model is not None:
            if not saved:
                self.ui.thresholdSlider.value = model.threshold
            self.parameters.modelId, self.parameters.weights = model.id, self.weights()
            self.ui.presetCombo.addItems([_("Presets"), _("Model's own"), _("All equal")] + [_("Only {rater}").format(rater=rater.display_name or rater.id) for rater in model.raters])
        self.showReady()

    def _makeSliders(self, model, saved):
        for slider in self.sliders:
            slider.deleteLater()
        self.sliders = []
        weights = () if model is None else saved if len(saved) == len(model.raters) else model.default_weights
        for rater, weight in zip(model.raters if model else (), weights):
            slider = ctk.ctkSliderWidget()
            slider.minimum, slider.maximum, slider.singleStep, slider.value = 0.0, 1.0, 0.01, weight
            slider.connect("valueChanged(double)", lambda value: self.restTimer.start())
            self.ui.weightsBox.layout().addRow(rater.display_name or rater.id, slider)
            self.sliders.append(slider)

    def weights(self):
        return [slider.value for slider in self.sliders]

    def onPreset(self, index):
        model = self.logic.model(self.ui.modelCombo.currentData)
        if model is None or index == 0:
            return
        chosen = {1: list(model.default_weights), 2: [1.0] * len(self.sliders)}.get(index) or [float(n == index - 3) for n in range(len(self.sliders))]
        for slider, weight in zip(self.sliders, chosen):
            slider.value = weight
        self.ui.presetCombo.setCurrentIndex(0)

    def onUndo(self):
        """The weights before; the mask is asked for again."""
        weights = self.logic.session.undo(self.ui.thresholdSlider.value)
        for slider, weight in zip(self.sliders, weights):
            slider.value = weight
        self.restTimer.stop()
        self.parameters.weights = weights
        self.showBusy()

    def onSlidersRest(self):
        self.parameters.weights = self.weights()
        if self.logic.session is None or not self.logic.session.session_id:
            return
        if self.logic.session.keeping:
            return self.restTimer.start()  # DICOM objects of the weights before are on their way
        if sum(self.weights()) <= 0:
            self.ui.statusLabel.text = _("At least one rater has to count; move a slider up.")
            return
        self.logic.reweight(self.weights(), self.ui.thresholdSlider.value)
        self.showBusy()

    def onApply(self):
        if self.logic.session is not None and self.logic.session.busy:
            self.logic.session.cancel()
            return self.showReady()
        if not self._uploadAgreed():
            return
        try:
            note = self.logic.process(
                self.ui.volumeSelector.currentNode(),
                self.ui.modelCombo.currentData,
                self.weights(),
                self.ui.thresholdSlider.value,
                self.ui.regionSelector.currentNode(),
                self.ui.regionSizeSlider.value,
                self.ui.ratersCheck.checked,
                self.ui.probabilityCheck.checked,
            )
        except Exception as error:
            return self.showError(error)
        self.showError(None)
        self.ui.noteLabel.text = note
        self.onUncertaintyLook(0)
        self.showBusy()

    def _uploadAgreed(self):
        """The first upload to another machine asks, naming it."""
        address = self.logic.client.address
        if not self.logic.mustAsk(address):
            return True
        if slicer.util.confirmOkCancelDisplay(_("The volume will be sent to {address}. Go on?").format(address=address)):
            self.logic.agreed.add(address)
        return address in self.logic.agreed

    def onPoll(self):
        if self.logic.asked is not None:
            self._takeServer()
        if not self.logic.poll():
            return
        session = self.logic.session
        self.ui.statusLabel.text = session.status + (_(" (first look, the refined mask follows)") if session.coarse and session.busy else "")
        self.ui.progressBar.maximum = 0 if session.progress is None else 100
        self.ui.progressBar.value = 0 if session.progress is None else int(100 * session.progress)
        self._fillTable(session.stats)
        if self.logic.overlay.replaced:
            self.ui.noteLabel.text = _("You edited the mask, so it was left as it is; the new answer is a segmentation of its own.")
        if not session.busy:
            self.showError(session.error)
            self._saveWhatCame(session)
            self.showReady()
            if getattr(session.error, "code", "") == "FAILED_PRECONDITION":  # a model is not what it was
                self.logic.ask()
                self.pollTimer.start()
            elif session.error is None and self.sliders and self.weights() != session.weights:
                self.restTimer.start()  # moved while the first answer was on its way

    def _saveWhatCame(self, session):
        objects = session.take_objects()
        if objects and session.error is None:
            from MRNetLib import errors, scene

            try:
                count = scene.import_into_database(objects)
                self.ui.statusLabel.text = _("{count} objects are in Slicer's DICOM database now.").format(count=count)
                if not scene.can_load_objects():
                    self.ui.statusLabel.text += _(" To load them into a scene, install the extension QuantitativeReporting.")
            except (scene.Unusable, errors.TransferError) as error:
                self.showError(error)

    def onUncertaintyLook(self, value):
        if self.logic.overlay is not None:
            self.logic.overlay.set_uncertainty_look(self.ui.uncertaintyThresholdSlider.value, self.ui.uncertaintyOpacitySlider.value)

    def onSave(self):
        self.logic.session.fetch_objects(self.ui.thresholdSlider.value)
        self.showBusy()

    def onSend(self):
        pacs = self.ui.pacsCombo.currentText
        if pacs and slicer.util.confirmOkCancelDisplay(_("A segmentation and its maps will be sent to {pacs}. Go on?").format(pacs=pacs)):
            self.logic.session.send(pacs, self.ui.thresholdSlider.value)
            self.showBusy()

    def _fillTable(self, rows):
        self.ui.measureTable.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                self.ui.measureTable.setItem(row, column, qt.QTableWidgetItem(text))

    def showBusy(self):
        self.pollTimer.start()
        self.ui.applyButton.text = _("Cancel")
        self.ui.applyButton.enabled = True
        self.ui.saveButton.enabled = self.ui.sendButton.enabled = self.ui.undoButton.enabled = False
        self.ui.progressBar.visible = True

    def showReady(self):
        """What may be pressed now, and why not where it may not."""
        if self.logic.asked is None:
            self.pollTimer.stop()
        missing = _missingPackages()
        session = self.logic.session
        shown = session is not None and bool(session.session_id)
        self.ui.installButton.visible = bool(missing)
        self.ui.testButton.enabled = not missing and self.logic.asked is None
        self.ui.progressBar.visible = False
        self.ui.applyButton.text = _("Segment")
        self.ui.applyButton.enabled = bool(self.ui.volumeSelector.currentNode()) and bool(self.ui.modelCombo.currentData)
        self.ui.saveButton.enabled = shown and self.logic.identified
        self.ui.sendButton.enabled = self.ui.saveButton.enabled and bool(self.ui.pacsCombo.currentText)
        self.ui.show3DButton.enabled = shown
        self.ui.undoButton.enabled = shown and session.can_undo
        if missing:
            self.ui.statusLabel.text = _("{packages} are not in Slicer's Python yet; press Install.").format(packages=", ".join(missing))

    def showError(self, error):
        """What, why, what to do; the rest for those who want to quote it. What is on screen stays."""
        self.ui.errorLabel.visible = error is not None
        self.ui.errorLabel.text = "" if error is None else str(error)
        self.ui.errorLabel.toolTip = "" if error is None else getattr(error, "details", type(error).__name__)


def _missingPackages():
    import importlib.util

    return [package for package, module in (("grpcio", "grpc"), ("protobuf", "google.protobuf")) if not _present(importlib.util, module)]


def _present(util, module):
    try:
        return util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class MRNetSegmentationTest(ScriptedLoadableModuleTest):
    """Run inside Slicer with a server on this machine: segments the head of Slicer's sample data."""

    def runTest(self):
        slicer.mrmlScene.Clear()
        import SampleData

        logic = MRNetSegmentationLogic()
        logic.connect(DEFAULT_SERVER)
        volume = SampleData.downloadSample("MRHead")
        logic.process(volume, "mr-brain", wait=True)
        self.assertTrue(logic.session.stats)
        self.assertGreater(len(logic.overlay.nodes), 1)
        logic.close()
