"""The panel and its settings, over the stand-in of Slicer and a server that answers at once."""

import copy
import pathlib
import sys
import threading
import time
import types
import unittest
from unittest import mock

import numpy

import stand_in
import stub

slicer = stand_in.install()

import MRNetSegmentation  # noqa: E402
from MRNetLib import client  # noqa: E402

ELSEWHERE = "https://mrnet.example:8443"


def volume(name="series", dicom=True):
    node = stand_in.vtkMRMLScalarVolumeNode(name, numpy.zeros(stub.SHAPE, numpy.float32))
    if dicom:
        slicer.dicomDatabase.files = {"1.2": __file__}
        node.attributes["DICOM.instanceUIDs"] = "1.2"
    return node


class PanelTest(unittest.TestCase):
    def setUp(self):
        stand_in.reset()
        self.server = stub.Stub()
        patch = mock.patch.object(client, "Client", self.server)
        patch.start()
        self.addCleanup(patch.stop)
        self.panel = self.open()

    def open(self):
        panel = MRNetSegmentation.MRNetSegmentationWidget()
        panel.setup()
        self.addCleanup(lambda: panel.cleanup() if panel.parameters is not None else None)
        return panel

    def connect(self, address="http://127.0.0.1:50051"):
        self.panel.ui.serverCombo.setEditText(address)
        self.panel.ui.testButton.click()
        self.until(lambda: self.panel.logic.asked is None)

    def segment(self, node=None):
        self.choose(node or volume())
        self.panel.ui.applyButton.click()
        self.settle()
        return self.panel.logic.overlay

    def choose(self, node):
        if not slicer.mrmlScene.IsNodePresent(node):
            slicer.mrmlScene.add(node)
        self.panel.ui.volumeSelector.setCurrentNode(node)

    def settle(self):
        self.until(lambda: not self.panel.pollTimer.running)

    def until(self, holds):
        """Lets the panel look at its queues until something holds."""
        end = time.monotonic() + 60
        while not holds() and time.monotonic() < end:
            self.panel.pollTimer.fire()
            time.sleep(0.005)
        self.assertTrue(holds())

    def move(self, *weights):
        for slider, weight in zip(self.panel.sliders, weights):
            slider.value = weight
        self.panel.restTimer.fire()

    def mask(self, overlay=None):
        return (overlay or self.panel.logic.overlay).nodes[0].GetSegmentation().GetSegment("MRNet_1").array

    def error(self):
        return self.panel.ui.errorLabel.text if self.panel.ui.errorLabel.visible else ""


class SettingsTest(PanelTest):
    def test_the_application_settings_have_a_panel_that_keeps_what_is_set(self):
        panel = MRNetSegmentation.MRNetSettingsPanel()

        panel.properties["MRNet/Server"].text = ELSEWHERE
        panel.properties["MRNet/CA"].currentPath = "ca.pem"
        panel.properties["MRNet/AutoRun"].target.checked = True
        panel.properties["MRNet/ConfirmUpload"].target.checked = False
        panel.properties["MRNet/ChunkKiB"].value = 64

        again = MRNetSegmentation.MRNetSettingsPanel()
        self.assertEqual(set(again.properties), {"MRNet/" + name for name in MRNetSegmentation.SETTINGS})
        self.assertEqual((again.properties["MRNet/Server"].text, again.properties["MRNet/CA"].currentPath, again.properties["MRNet/ChunkKiB"].value), (ELSEWHERE, "ca.pem", 64))
        self.assertEqual((again.properties["MRNet/AutoRun"].target.checked, again.properties["MRNet/ConfirmUpload"].target.checked), (True, False))
        self.assertEqual((MRNetSegmentation.setting("AutoRun"), MRNetSegmentation.setting("ConfirmUpload"), MRNetSegmentation.setting("ChunkKiB")), (True, False, 64))

    def test_what_was_never_set_is_the_default(self):
        panel = MRNetSegmentation.MRNetSettingsPanel()

        self.assertEqual(panel.properties["MRNet/Server"].text, MRNetSegmentation.DEFAULT_SERVER)
        self.assertEqual(panel.properties["MRNet/ChunkKiB"].range, (64, 1024))
        self.assertEqual({name: MRNetSegmentation.setting(name) for name in MRNetSegmentation.SETTINGS}, MRNetSegmentation.SETTINGS)

    def test_the_panel_is_registered_when_slicer_has_a_window(self):
        for hidden in (False, True):
            added = []
            dialog = types.SimpleNamespace(addPanel=lambda name, panel: added.append(name))
            app = types.SimpleNamespace(commandOptions=lambda: types.SimpleNamespace(noMainWindow=hidden), settingsDialog=lambda: dialog, connect=lambda signal, slot: slot())
            with mock.patch.object(slicer, "app", app):
                MRNetSegmentation.MRNetSegmentation(types.SimpleNamespace())
            self.assertEqual(added, [] if hidden else ["MRNet"])

    def test_the_server_field_lists_the_last_ten_the_latest_first(self):
        for n in range(12):
            self.connect("https://host{}:1".format(n))
        self.connect("https://host5:1")

        again = self.open().ui.serverCombo
        self.assertEqual([text for text, _ in again.items], ["https://host{}:1".format(n) for n in (5, 11, 10, 9, 8, 7, 6, 4, 3, 2)])
        self.assertEqual(again.currentText, "https://host5:1")

    def test_server_and_tls_files_are_kept_when_they_worked_and_a_token_never(self):
        self.panel.ui.caEdit.currentPath, self.panel.ui.tokenEdit.text = "ca.pem", "mrnet_secret"
        self.server.refuse["GetServer"] = [stub.refusal("UNAVAILABLE")]
        self.connect(ELSEWHERE)
        self.assertEqual(stand_in.STORED, {})

        self.connect(ELSEWHERE)

        self.assertEqual(self.server.token, "mrnet_secret")
        self.assertEqual(self.open().ui.caEdit.currentPath, "ca.pem")
        self.assertNotIn("mrnet_secret", str(stand_in.STORED))

    def test_the_first_upload_to_another_machine_asks_naming_it(self):
        self.connect(ELSEWHERE)
        stand_in.ANSWERS[0] = False
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.assertIn("mrnet.example:8443", stand_in.ASKED[0])
        self.assertEqual(self.server.named("Upload"), [])

        stand_in.ANSWERS[0] = True
        self.segment()
        self.segment()
        self.assertEqual(len(stand_in.ASKED), 2)
        self.assertEqual(len(self.server.named("Upload")), 2)

    def test_nothing_is_asked_on_this_machine_or_where_the_user_wants_it_so(self):
        self.connect()
        self.segment()
        MRNetSegmentation.keep("ConfirmUpload", 0)
        self.connect(ELSEWHERE)
        self.segment()
        self.assertEqual(stand_in.ASKED, [])

    def test_an_upload_goes_in_pieces_of_the_size_that_is_set(self):
        MRNetSegmentation.keep("ChunkKiB", 64)
        self.connect()
        big = stand_in.vtkMRMLScalarVolumeNode("big", numpy.random.default_rng(1).random((4, 200, 200), numpy.float32))
        self.segment(big)

        self.assertGreater(len(self.server.pieces), 5)
        self.assertEqual(set(self.server.pieces[:-1]), {64 << 10})

    def test_a_loaded_volume_is_segmented_by_itself_only_where_the_user_wants_that(self):
        self.connect()
        slicer.mrmlScene.add(volume())
        self.assertFalse(self.panel.loadTimer.running)

        MRNetSegmentation.keep("AutoRun", 1)
        loading = volume("loading")
        voxels, loading.array = loading.array, None
        slicer.mrmlScene.add(loading)
        self.panel.loadTimer.fire()  # its voxels are still being read
        self.assertEqual(self.server.named("Submit"), [])
        loading.array = voxels
        self.panel.loadTimer.fire()
        self.settle()

        self.assertIs(self.panel.ui.volumeSelector.currentNode(), loading)
        self.panel.loadTimer.fire()  # for the volume of uncertainty, which is ours
        self.assertEqual(len(self.server.named("Submit")), 1)

    def test_volumes_of_a_scene_that_is_opened_are_not_segmented_by_themselves(self):
        self.connect()
        MRNetSegmentation.keep("AutoRun", 1)
        slicer.mrmlScene.load([volume()], {})
        self.assertFalse(self.panel.loadTimer.running)


class ConnectTest(PanelTest):
    def test_the_panel_does_not_wait_for_a_server_that_is_silent(self):
        self.server.answering.clear()
        self.panel.ui.testButton.click()
        self.panel.pollTimer.fire()
        self.assertIn("Asking", self.panel.ui.statusLabel.text)
        self.assertFalse(self.panel.ui.testButton.enabled)

        self.server.answering.set()
        self.until(lambda: self.panel.logic.models)
        self.assertIn("Connected", self.panel.ui.statusLabel.text)
        self.assertTrue(self.panel.ui.testButton.enabled)

    def test_a_refusal_is_shown_with_what_to_quote(self):
        self.server.refuse["GetServer"] = [stub.refusal("UNAUTHENTICATED", "It wants a valid token.", reason="NO_KEY")]
        self.connect()
        self.assertEqual(self.error(), "It wants a valid token.")
        self.assertEqual(self.panel.ui.errorLabel.toolTip, "UNAUTHENTICATED, NO_KEY")
        self.assertTrue(self.panel.ui.testButton.enabled)

    def test_images_go_in_the_clear_only_when_the_user_agrees_to_that_address(self):
        stand_in.ANSWERS[0] = False
        self.panel.ui.serverCombo.setEditText("http://mrnet.example:50051")
        self.panel.ui.testButton.click()
        self.assertIn("http://mrnet.example:50051", stand_in.ASKED[0])
        self.assertIn("without TLS", stand_in.ASKED[0])
        self.assertEqual(self.server.asked, [])

        stand_in.ANSWERS[0] = True
        self.connect("http://mrnet.example:50051")
        self.assertTrue(self.server.allowed)

    def test_an_address_that_cannot_be_one_is_said_at_once(self):
        self.panel.ui.serverCombo.setEditText("nowhere")
        self.panel.ui.testButton.click()
        self.assertIn("expected https://host:port", self.error())

    def test_packages_are_installed_when_the_button_is_pressed_and_not_before(self):
        self.assertEqual(stand_in.INSTALLED, [])
        self.panel.ui.installButton.click()
        self.assertIn("grpcio", stand_in.ASKED[0])
        self.assertEqual(len(stand_in.INSTALLED), 1)

        ensured = []
        packaging = types.SimpleNamespace(load_requirements=lambda path: pathlib.Path(path).read_text(encoding="utf-8"), pip_ensure=lambda what, requester: ensured.append((what, requester)))
        with mock.patch.object(slicer, "packaging", packaging, create=True):
            self.panel.ui.installButton.click()
        self.assertIn("grpcio", ensured[0][0])
        self.assertEqual((ensured[0][1], len(stand_in.INSTALLED)), ("MRNet", 1))


class AnswerTest(PanelTest):
    def setUp(self):
        super().setUp()
        self.connect()

    def test_the_table_has_volumes_with_the_range_over_the_raters(self):
        self.segment()
        self.assertEqual([self.panel.ui.measureTable.cells[0, column] for column in range(5)], ["Nodule", "2.50 ml", "1.25", "4.00", "0.125"])

    def test_the_uncertainty_has_a_legend_and_colours_of_its_own_from_blue_to_red(self):
        overlay = self.segment()
        colors = slicer.mrmlScene.GetFirstNodeByName("MRNet uncertainty").colors
        self.assertGreater(colors[0][2], colors[0][0])
        self.assertGreater(colors[255][0], colors[255][2])
        self.assertEqual(overlay.nodes[1].legend.said["SetTitleText"], ("Uncertainty",))

    def test_the_look_of_the_uncertainty_stays_when_weights_change(self):
        overlay = self.segment()
        self.panel.ui.uncertaintyThresholdSlider.value, self.panel.ui.uncertaintyOpacitySlider.value = 0.2, 0.9
        self.move(1, 0)
        self.settle()
        self.assertEqual(overlay.nodes[1].display.said["SetLowerThreshold"], (0.2,))
        self.assertEqual(slicer.mrmlScene.views[0].opacity, 0.9)

    def test_an_answer_leaves_a_view_of_another_volume_alone(self):
        other = volume("other")
        slicer.mrmlScene.views[1].SetBackgroundVolumeID(other.GetID())
        series = volume()
        overlay = self.segment(series)
        red, green = slicer.mrmlScene.views
        self.assertEqual((red.background, red.foreground), (series.GetID(), overlay.nodes[1].GetID()))
        self.assertEqual((green.background, green.foreground), (other.GetID(), None))

    def test_another_volume_gets_nodes_of_its_own(self):
        first = self.segment(volume("first"))
        before = self.mask(first).copy()
        second = self.segment(volume("second"))
        self.move(1, 0)
        self.settle()
        self.assertFalse(set(first.nodes) & set(second.nodes))
        self.assertTrue(numpy.array_equal(self.mask(first), before))
        self.assertEqual(len(self.server.named("Release")), 1)

    def test_what_the_user_deleted_is_made_again_by_the_next_answer(self):
        overlay = self.segment()
        for node in list(overlay.nodes):
            slicer.mrmlScene.RemoveNode(node)
        self.move(1, 0)
        self.settle()
        self.assertTrue(all(slicer.mrmlScene.IsNodePresent(node) for node in overlay.nodes))
        self.assertTrue(self.mask().all())
        self.assertFalse(overlay.replaced)

    def test_surfaces_are_made_again_when_an_answer_is_whole(self):
        overlay = self.segment()
        self.panel.ui.show3DButton.click()
        seen = []
        update = slicer.util.updateSegmentBinaryLabelmapFromArray
        with mock.patch.object(slicer.util, "updateSegmentBinaryLabelmapFromArray", lambda *a: (seen.append(overlay.nodes[0].surface), update(*a))):
            self.move(1, 0)
            self.settle()
        self.assertEqual(seen, [False])
        self.assertTrue(overlay.nodes[0].surface)

    def test_undo_brings_back_the_weights_and_the_mask_before(self):
        self.segment()
        before = self.mask().copy()
        self.assertFalse(self.panel.ui.undoButton.enabled)
        self.move(1, 0)
        self.settle()
        self.assertFalse(numpy.array_equal(self.mask(), before))

        self.panel.ui.undoButton.click()
        self.settle()

        self.assertEqual(self.panel.weights(), [0.5, 0.5])
        self.assertTrue(numpy.array_equal(self.mask(), before))
        self.assertFalse(self.panel.ui.undoButton.enabled)

    def test_what_was_asked_for_follows_the_weights(self):
        self.panel.ui.ratersCheck.checked = self.panel.ui.probabilityCheck.checked = True
        overlay = self.segment()
        self.move(1, 0)
        self.settle()
        self.assertEqual(list(self.server.named("Reweight")[0].outputs), list(self.server.named("Submit")[0].outputs))
        probability = overlay.nodes[-1]
        self.assertIn("probability", probability.GetName())
        self.assertGreater(probability.array.min(), 0.3)
        self.assertEqual(overlay.nodes[1].display.said["SetVisibility2DFill"], (False,))

    def test_the_slices_on_screen_are_asked_for_first(self):
        self.segment()
        along = numpy.diag([-1.0, 1, 1, 1])
        along[2, 3] = 4.2  # the grid has slices at 0, 2, 4 and 6 mm
        across = numpy.array([[0.0, 0, 1, 3], [1, 0, 0, 0], [0, 1, 0, 2], [0, 0, 0, 1]])
        outside = along.copy()
        outside[2, 3] = 40
        slicer.mrmlScene.planes[:] = [stand_in.vtkMRMLSliceNode(matrix) for matrix in (along, across, outside)]
        self.move(1, 0)
        self.settle()
        self.assertEqual(list(self.server.named("Reweight")[0].slices), [2])

    def test_a_coarse_answer_is_shown_while_the_refined_one_is_computed(self):
        self.segment()
        self.server.coarse = True
        self.move(1, 0)
        self.until(lambda: self.mask().all())
        self.assertIn("running", self.panel.ui.statusLabel.text)
        self.server.coarse = False
        self.settle()
        self.assertTrue(self.mask().all())

    def test_weights_moved_while_the_first_answer_comes_are_asked_for_afterwards(self):
        self.server.hold = True
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.move(1, 0)
        self.server.hold = False
        self.settle()
        self.panel.restTimer.fire()
        self.settle()
        self.assertTrue(self.mask().all())

    def test_weights_moved_while_objects_are_made_wait_until_they_are_there(self):
        self.segment()
        self.panel.ui.saveButton.click()
        self.assertFalse(self.panel.ui.saveButton.enabled)
        self.move(1, 0)
        self.assertEqual(self.server.named("Reweight"), [])
        self.settle()
        self.assertEqual(stand_in.IMPORTED, [b"object"])
        self.panel.restTimer.fire()
        self.settle()
        self.assertEqual(len(self.server.named("Reweight")), 1)

    def test_saved_objects_are_told_with_what_loads_them(self):
        self.segment()
        self.panel.ui.saveButton.click()
        self.settle()
        self.assertIn("1 objects", self.panel.ui.statusLabel.text)
        self.assertIn("QuantitativeReporting", self.panel.ui.statusLabel.text)

    def test_a_volume_of_no_dicom_is_never_saved_as_dicom(self):
        overlay = self.segment(volume(dicom=False))
        self.assertIn("No DICOM output", self.panel.ui.noteLabel.text)
        overlay.nodes[0].GetSegmentation().GetSegment("MRNet_1").array[:] = 1
        self.move(0.25, 0)
        self.settle()
        self.assertIn("You edited the mask", self.panel.ui.noteLabel.text)
        self.assertFalse(self.panel.ui.saveButton.enabled or self.panel.ui.sendButton.enabled)

    def test_a_damaged_map_is_dropped_and_the_old_one_stays(self):
        self.segment()
        before = self.mask().copy()
        self.server.damage = True
        self.move(1, 0)
        self.settle()
        self.assertIn("SHA-256", self.error())
        self.assertTrue(numpy.array_equal(self.mask(), before))

    def test_a_failed_job_is_named_in_the_details(self):
        self.server.refuse["GetResult"] = [stub.refusal("INTERNAL", "It failed.")]
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.settle()
        self.assertEqual(self.error(), "It failed.")
        self.assertEqual(self.panel.ui.errorLabel.toolTip, "INTERNAL, job job-7")
        self.segment()
        self.assertEqual(self.error(), "")

    def test_a_busy_server_is_asked_again_when_it_said_counting_down(self):
        self.server.refuse["Submit"] = [stub.refusal("RESOURCE_EXHAUSTED", "The queue is full.", retry_after=2.0)]
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.until(lambda: "is busy; trying again in 2 s" in self.panel.ui.statusLabel.text)
        self.until(lambda: "is busy; trying again in 1 s" in self.panel.ui.statusLabel.text)
        self.settle()
        self.assertEqual(len(self.server.named("Submit")), 2)
        self.assertEqual(len({request.idempotency_key for request in self.server.named("Submit")}), 1)
        self.assertGreater(self.mask().sum(), 0)

    def test_a_limit_without_a_time_is_said_and_not_asked_again(self):
        self.server.refuse["Submit"] = [stub.refusal("RESOURCE_EXHAUSTED", "The image is too large.")]
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.settle()
        self.assertEqual((self.error(), len(self.server.named("Submit"))), ("The image is too large.", 1))

    def test_a_model_that_is_not_what_it_was_has_the_list_read_again(self):
        self.server.refuse["Submit"] = [stub.refusal("FAILED_PRECONDITION", "The model is not ready.")]
        self.choose(volume())
        self.server.models = self.server.models[1:]
        self.panel.ui.applyButton.click()
        self.settle()
        self.assertEqual(self.error(), "The model is not ready.")
        self.assertEqual([text for text, _ in self.panel.ui.modelCombo.items], ["second"])


class SceneTest(PanelTest):
    def setUp(self):
        super().setUp()
        self.connect()

    def test_a_saved_scene_comes_back_with_all_choices(self):
        self.choose(volume())
        self.panel.ui.modelCombo.setCurrentIndex(1)
        self.move(0.1, 0.2, 0.7)
        self.panel.ui.regionSizeSlider.value, self.panel.ui.thresholdSlider.value = 30.0, 0.4
        self.panel.ui.ratersCheck.checked = True
        saved = copy.copy(slicer.mrmlScene.parameters)

        slicer.mrmlScene.Clear()
        self.assertEqual(self.panel.ui.regionSizeSlider.value, 60.0)
        slicer.mrmlScene.load([saved["inputVolume"]], saved)

        self.assertIs(self.panel.ui.volumeSelector.currentNode(), saved["inputVolume"])
        self.assertEqual((self.panel.ui.modelCombo.currentData, self.panel.weights()), ("second", [0.1, 0.2, 0.7]))
        self.assertEqual((self.panel.ui.regionSizeSlider.value, self.panel.ui.thresholdSlider.value, self.panel.ui.ratersCheck.checked), (30.0, 0.4, True))
        self.assertEqual(slicer.mrmlScene.parameters, saved)

    def test_choices_of_a_scene_that_was_opened_first_come_back_when_the_server_answers(self):
        saved = {"modelId": "second", "weights": [0.1, 0.2, 0.7]}
        self.panel = self.open()
        slicer.mrmlScene.load([], saved)
        self.connect()
        self.assertEqual((self.panel.ui.modelCombo.currentData, self.panel.weights()), ("second", [0.1, 0.2, 0.7]))

    def test_a_scene_closed_while_a_job_runs_ends_it_and_the_next_volume_works(self):
        self.server.hold = True
        self.choose(volume())
        self.panel.ui.applyButton.click()
        self.until(lambda: "running" in self.panel.ui.statusLabel.text)

        slicer.mrmlScene.Clear()

        self.assertEqual((self.panel.ui.applyButton.text, self.panel.pollTimer.running, self.panel.ui.statusLabel.text), ("Segment", False, ""))
        self.assertEqual(slicer.mrmlScene.nodes, [])
        self.until(lambda: self.server.named("Cancel"))
        self.server.hold = False
        self.segment()
        self.assertGreater(self.mask().sum(), 0)

    def test_a_closed_scene_leaves_nothing_of_it_in_the_panel(self):
        self.segment()
        slicer.mrmlScene.Clear()
        self.panel.ui.uncertaintyOpacitySlider.value = 0.1  # nothing to look at any more
        self.assertEqual((self.panel.ui.measureTable.cells, self.panel.ui.show3DButton.enabled, self.panel.ui.undoButton.enabled), ({}, False, False))
        self.until(lambda: self.server.named("Release"))

    def test_a_reloaded_module_ends_what_ran_and_shows_the_same_choices(self):
        self.server.hold = True
        self.choose(volume())
        self.panel.ui.modelCombo.setCurrentIndex(1)
        self.panel.ui.applyButton.click()
        self.until(lambda: "running" in self.panel.ui.statusLabel.text)
        old = self.panel

        old.cleanup()
        self.panel = self.open()

        self.assertFalse(old.pollTimer.running)
        self.assertFalse([one for one in slicer.mrmlScene.observers if one[0] is old])
        self.until(lambda: self.server.closed.is_set())
        self.connect()
        self.assertEqual(self.panel.ui.modelCombo.currentData, "second")
        threads = [thread for thread in threading.enumerate() if thread.name == "MRNet"]
        for thread in threads:
            thread.join(60)
        self.assertFalse(any(thread.is_alive() for thread in threads))


class ErrorTest(unittest.TestCase):
    def test_a_call_that_the_server_does_not_know_names_both_versions(self):
        from MRNetLib import errors

        status = types.SimpleNamespace(code=lambda: types.SimpleNamespace(name="UNIMPLEMENTED"), details=lambda: "Method is unimplemented.", trailing_metadata=lambda: ())
        self.assertEqual(str(errors.from_rpc(status, "https://a:1", "0.0.9")), "https://a:1 is version 0.0.9 and does not know this call; this plugin needs 0.1.0 or newer. Ask for an update of the server.")


if __name__ == "__main__":
    sys.exit(unittest.main())
