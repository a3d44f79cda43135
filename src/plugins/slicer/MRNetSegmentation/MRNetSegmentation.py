"""The module as Slicer loads it: panel, logic, self-test. The work is done in MRNetLib."""

import ctk
import qt
import slicer
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
DEFAULT_SERVER = "http://127.0.0.1:50051"


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


@parameterNodeWrapper
class MRNetSegmentationParameterNode:
    """The user's choices; they are saved with the scene."""

    inputVolume: slicer.vtkMRMLVolumeNode
    region: slicer.vtkMRMLMarkupsNode
    modelId: str
    weights: list[float]
    threshold: float = 0.5
    uncertaintyThreshold: float = 0.05
    uncertaintyOpacity: float = 0.5


class MRNetSegmentationLogic(ScriptedLoadableModuleLogic):
    """From a volume to an overlay. For scripts: connect(), then process(volume, model id)."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.client = self.server = self.session = self.overlay = None
        self.models = []

    def getParameterNode(self):
        return MRNetSegmentationParameterNode(super().getParameterNode())

    def connect(self, address, token="", ca="", certificate="", key="", allowInsecure=False):
        """Asks the server what it is and what it offers. Raises ServerError, ValueError for an address that cannot be one."""
        from MRNetLib import client, wire

        self.close()
        self.client = client.Client(address, token, ca, certificate, key, allowInsecure)
        self.server = self.client.unary("GetServer", wire.message("GetServerRequest")())
        self.models = list(self.client.unary("ListModels", wire.message("ListModelsRequest")()).models)

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
        import time

        while self.session.busy:
            self.session.poll()
            time.sleep(POLL_MS / 1000)
        if self.session.error is not None:
            raise self.session.error

    def release(self):
        """Ends what runs and lets the server free its memory; what is on screen stays."""
        if self.session is not None:
            self.session.close()
        self.session = None

    def close(self):
        self.release()
        if self.client is not None:
            self.client.close()
        self.client, self.models = None, []


def _regionOf(scene, region, volume, sizeMm):
    """(box, around) of which at most one is given."""
    if region is None:
        return None, None
    if region.IsA("vtkMRMLMarkupsROINode"):
        return scene.region_box(region, volume), None
    return None, (scene.fiducial_lps(region), [sizeMm] * 3)


class MRNetSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel. Two timers: one empties the session's queue, one waits until a slider rests."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.sliders = []
        self.agreed = set()

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/MRNetSegmentation.ui"))
        panel.setMRMLScene(slicer.mrmlScene)
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        self.logic = MRNetSegmentationLogic()
        self.ui.serverEdit.text = slicer.app.userSettings().value("MRNet/Server", DEFAULT_SERVER)
        self._connectWidgets()
        self.pollTimer = self._timer(POLL_MS, self.onPoll, singleShot=False)
        self.restTimer = self._timer(DEBOUNCE_MS, self.onSlidersRest, singleShot=True)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneClosed)
        self.onSceneClosed()
        self.showReady()

    def cleanup(self):
        self.pollTimer.stop()
        self.restTimer.stop()
        self.removeObservers()
        self.logic.close()

    def onSceneClose(self, caller, event):
        self.logic.release()

    def onSceneClosed(self, caller=None, event=None):
        """The choices of the new scene, as far as widgets show them by themselves; model and weights are taken where their widgets are filled."""
        self.parameters = self.logic.getParameterNode()
        self.parameters.connectGui(self.ui)

    def _connectWidgets(self):
        self.ui.installButton.connect("clicked()", self.onInstall)
        self.ui.testButton.connect("clicked()", self.onConnect)
        self.ui.applyButton.connect("clicked()", self.onApply)
        self.ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onVolumeChanged)
        self.ui.modelCombo.connect("currentIndexChanged(int)", self.onModelChanged)
        self.ui.presetCombo.connect("activated(int)", self.onPreset)
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
        if slicer.util.confirmOkCancelDisplay(_("grpcio and protobuf will be installed into Slicer's Python. Go on?")):
            slicer.util.pip_install("-r " + requirements)
            self.showReady()

    def onConnect(self):
        try:
            self.logic.connect(self.ui.serverEdit.text, self.ui.tokenEdit.text, self.ui.caEdit.currentPath, self.ui.certificateEdit.currentPath, self.ui.keyEdit.currentPath)
        except Exception as error:
            return self.showError(error)
        slicer.app.userSettings().setValue("MRNet/Server", self.ui.serverEdit.text)
        self.showError(None)
        self.ui.statusLabel.text = _("Connected to {address}, version {version}.").format(address=self.ui.serverEdit.text, version=self.logic.server.version)
        self.ui.pacsCombo.clear()
        self.ui.pacsCombo.addItems(list(self.logic.server.pacs))
        self.onVolumeChanged(self.ui.volumeSelector.currentNode())

    def onVolumeChanged(self, volume):
        chosen = self.parameters.modelId
        self.ui.modelCombo.clear()
        for model in self.logic.modelsFor(volume):
            self.ui.modelCombo.addItem(model.display_name, model.id)
        self.ui.modelCombo.setCurrentIndex(max(0, self.ui.modelCombo.findData(chosen)))
        self.showReady()

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

    def onSlidersRest(self):
        self.parameters.weights = self.weights()
        if self.logic.session is None or not self.logic.session.session_id:
            return
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
        self.ui.saveButton.enabled = False
        self.showBusy()

    def _uploadAgreed(self):
        """The first upload to another machine asks, naming it."""
        from MRNetLib import client

        address = self.ui.serverEdit.text
        if client.is_loopback(client.parse(address)[0]) or address in self.agreed:
            return True
        if slicer.util.confirmOkCancelDisplay(_("The volume will be sent to {address}. Go on?").format(address=address)):
            self.agreed.add(address)
        return address in self.agreed

    def onPoll(self):
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
            self._saveWhatCame(session)
            self.showError(session.error)
            self.showReady()

    def _saveWhatCame(self, session):
        objects = session.take_objects()
        if objects and session.error is None:
            from MRNetLib import errors, scene

            try:
                count = scene.import_into_database(objects)
                self.ui.statusLabel.text = _("{count} objects are in Slicer's DICOM database now.").format(count=count)
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
        self.ui.progressBar.visible = True

    def showReady(self):
        """What may be pressed now, and why not where it may not."""
        self.pollTimer.stop()
        missing = _missingPackages()
        session = self.logic.session
        shown = session is not None and bool(session.session_id)
        self.ui.installButton.visible = bool(missing)
        self.ui.testButton.enabled = not missing
        self.ui.progressBar.visible = False
        self.ui.applyButton.text = _("Segment")
        self.ui.applyButton.enabled = bool(self.ui.volumeSelector.currentNode()) and bool(self.ui.modelCombo.currentData)
        self.ui.saveButton.enabled = shown and not self.ui.noteLabel.text.startswith("No DICOM")
        self.ui.sendButton.enabled = self.ui.saveButton.enabled and bool(self.ui.pacsCombo.currentText)
        self.ui.show3DButton.enabled = shown
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
