"""The plugin against the real server, and its logic over the stand-in of Slicer."""

import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import grpc
import numpy
import pydicom

import server
import stand_in

slicer = stand_in.install()

import MRNetSegmentation  # noqa: E402
from MRNetLib import client, jobs, scene, transfer, wire  # noqa: E402
from MRNetLib.errors import ServerError  # noqa: E402


def dicom_volume(folder, modality="CT"):
    """A volume node as Slicer makes it of a DICOM series: files in the database, array and matrix from pydicom."""
    slices = sorted((pydicom.dcmread(file) for file in folder.iterdir()), key=_along_normal)
    slicer.dicomDatabase.modality = modality
    slicer.dicomDatabase.files = {slice_.SOPInstanceUID: str(slice_.filename) for slice_ in slices}
    node = stand_in.vtkMRMLScalarVolumeNode("series", numpy.stack([slice_.pixel_array for slice_ in slices]), _matrix(slices))
    node.attributes["DICOM.instanceUIDs"] = " ".join(slice_.SOPInstanceUID for slice_ in slices)
    return node


def _normal(slice_):
    row, column = numpy.reshape([float(n) for n in slice_.ImageOrientationPatient], (2, 3))
    return row, column, numpy.cross(row, column)


def _along_normal(slice_):
    return float(numpy.dot([float(n) for n in slice_.ImagePositionPatient], _normal(slice_)[2]))


def _matrix(slices):
    """IJK to RAS, from the DICOM attributes alone."""
    first, (row, column, _) = slices[0], _normal(slices[0])
    position = [numpy.array([float(n) for n in slice_.ImagePositionPatient]) for slice_ in (slices[0], slices[-1])]
    matrix = numpy.eye(4)
    matrix[:3, 0] = row * float(first.PixelSpacing[1])
    matrix[:3, 1] = column * float(first.PixelSpacing[0])
    matrix[:3, 2] = (position[1] - position[0]) / (len(slices) - 1)
    matrix[:3, 3] = position[0]
    return numpy.diag([-1, -1, 1, 1]) @ matrix


def picture_volume(file):
    node = stand_in.vtkMRMLScalarVolumeNode("photograph", numpy.zeros((1, 10, 10, 3), numpy.uint8), numpy.diag([-1.0, -1, 1, 1]))
    node.storage = type("Storage", (), {"GetFileName": lambda self: str(file)})()
    return node


@unittest.skipUnless(server.program(), "mrnet is not built")
class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.logic = MRNetSegmentation.MRNetSegmentationLogic()
        self.logic.connect(self.server.address)
        self.addCleanup(self.logic.close)
        stand_in.reset()

    def segment_ct(self, **more):
        self.volume = dicom_volume(server.SAMPLES / "ct-nodule")
        self.logic.process(self.volume, "ct-lung-nodule", wait=True, **more)
        return self.logic.overlay

    def masks(self, overlay):
        return {identity: segment.array for identity, segment in overlay.nodes[0].GetSegmentation().segments.items()}

    def test_a_ct_series_comes_back_as_a_segmentation_on_its_own_grid(self):
        overlay = self.segment_ct()

        segmentation, uncertainty = overlay.nodes
        numpy.testing.assert_allclose(uncertainty.matrix, self.volume.matrix, atol=1e-3)
        self.assertGreater(self.masks(overlay)["MRNet_1"].sum(), 100)
        self.assertIn("SCT^27925004^Nodule", segmentation.GetSegmentation().GetSegment("MRNet_1").tags["TerminologyEntry"])
        self.assertGreater(uncertainty.array.max(), 0.05)
        self.assertEqual([view.foreground for view in slicer.mrmlScene.views], [uncertainty.GetID()] * 2)
        self.assertEqual(self.logic.session.stats[0][0], "Lung nodule")

    def test_the_mask_is_the_servers_own(self):
        overlay = self.segment_ct()
        self.logic.saveToDatabase()

        objects = [pydicom.dcmread(pydicom.filebase.DicomBytesIO(content)) for content in stand_in.IMPORTED]
        segmentation = next(read for read in objects if read.Modality == "SEG")

        self.assertEqual(int(segmentation.pixel_array.sum()), int(self.masks(overlay)["MRNet_1"].sum()))

    def test_other_weights_change_mask_and_overlay_in_place(self):
        overlay = self.segment_ct()
        before = self.masks(overlay)["MRNet_1"].copy()

        self.logic.reweight([1, 0, 0, 0], wait=True)

        self.assertFalse(numpy.array_equal(self.masks(overlay)["MRNet_1"], before))
        self.assertEqual(len(overlay.nodes), 2)

    def test_the_slice_on_screen_comes_first_and_the_rest_is_the_same(self):
        overlay = self.segment_ct()
        self.logic.reweight([0, 0, 0, 1], wait=True)
        wanted, stats = self.masks(overlay)["MRNet_1"].copy(), self.logic.session.stats
        self.logic.reweight([1, 0, 0, 0], wait=True)
        slicer.mrmlScene.planes[:] = [stand_in.vtkMRMLSliceNode(self.volume.matrix @ [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]])]
        self.assertEqual(overlay.on_screen(), [4])

        self.logic.reweight([0, 0, 0, 1], wait=True)

        self.assertTrue(numpy.array_equal(self.masks(overlay)["MRNet_1"], wanted))
        self.assertEqual(self.logic.session.stats, stats)

    def test_the_latest_of_many_weights_wins(self):
        overlay = self.segment_ct()
        for n in range(5):
            self.logic.reweight([n, 5 - n, 0, 0])
        self.logic.reweight([0, 0, 0, 1], wait=True)
        last = self.masks(overlay)["MRNet_1"].copy()

        self.logic.reweight([0, 0, 0, 1], wait=True)

        self.assertTrue(numpy.array_equal(self.masks(overlay)["MRNet_1"], last))

    def test_an_edited_mask_is_never_overwritten(self):
        overlay = self.segment_ct()
        edited = overlay.nodes[0]
        edited.GetSegmentation().GetSegment("MRNet_1").array[0] = 1

        self.logic.reweight([0, 0, 0, 1], wait=True)

        self.assertTrue(overlay.replaced)
        self.assertIsNot(overlay.nodes[0], edited)
        self.assertTrue((edited.GetSegmentation().GetSegment("MRNet_1").array[0] == 1).all())

    def test_raters_and_probability_come_on_request(self):
        overlay = self.segment_ct(raters=True, probability=True)

        names = [node.GetName() for node in overlay.nodes]
        self.assertIn("series raters", names)
        self.assertIn("series probability of Lung nodule", names)
        self.assertEqual(len(overlay.nodes[1].GetSegmentation().segments), 4)

    def test_an_oblique_mr_series_keeps_its_place(self):
        folder = server.SAMPLES / "mr-head"
        files = [file for file in folder.rglob("*") if file.is_file()]
        if not files or not files[0].suffix == ".dcm":
            self.skipTest("the MR of testdata is not DICOM")
        volume = dicom_volume(folder, "MR")
        self.logic.process(volume, "mr-brain", wait=True)
        numpy.testing.assert_allclose(self.logic.overlay.nodes[1].matrix, volume.matrix, atol=1e-3)

    def test_a_volume_of_no_dicom_goes_as_nifti_and_says_so(self):
        volume = dicom_volume(server.SAMPLES / "ct-nodule")
        volume.attributes.clear()
        turn = numpy.eye(4)
        turn[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
        volume.matrix = turn @ volume.matrix  # oblique

        note = self.logic.process(volume, "ct-lung-nodule", wait=True)

        self.assertIn("No DICOM output", note)
        numpy.testing.assert_allclose(self.logic.overlay.nodes[1].matrix, volume.matrix, atol=1e-3)

    def test_a_photograph_goes_as_its_file(self):
        file = next(file for file in sorted((server.SAMPLES / "fundus").iterdir()) if file.suffix in (".jpg", ".png"))
        self.logic.process(picture_volume(file), "fundus-optic-disc", wait=True)

        self.assertGreater(self.masks(self.logic.overlay)["MRNet_1"].sum(), 100)

    def test_a_region_is_computed_alone(self):
        self.volume = dicom_volume(server.SAMPLES / "ct-nodule")
        centre = self.volume.matrix @ [64, 64, 4, 1]
        point = stand_in.vtkMRMLMarkupsFiducialNode(centre[:3])

        self.logic.process(self.volume, "ct-lung-nodule", region=point, sizeMm=20.0, wait=True)

        k, j, i = numpy.nonzero(self.logic.overlay.nodes[1].array)
        self.assertLess(numpy.ptp(i), 45)
        self.assertLess(numpy.ptp(j), 45)

    def test_a_box_is_where_the_user_drew_it_whichever_way_the_slices_run(self):
        series = dicom_volume(server.SAMPLES / "ct-nodule")
        bounds = _bounds(series, (48, 40, 1), (80, 72, 2))
        reversed_ = stand_in.vtkMRMLScalarVolumeNode("reversed", series.array[::-1], series.matrix @ [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, len(series.array) - 1], [0, 0, 0, 1]])
        for volume in (series, reversed_):
            self.logic.process(volume, "ct-lung-nodule", region=stand_in.vtkMRMLMarkupsROINode(bounds), wait=True)

            uncertainty = self.logic.overlay.nodes[1]
            found = numpy.array(numpy.nonzero(uncertainty.array))[::-1]
            places = (uncertainty.matrix @ numpy.vstack([found, numpy.ones(found.shape[1])]))[:3]
            half = numpy.linalg.norm(series.matrix[:3, :3], axis=0).max() / 2
            self.assertGreater(found.shape[1], 50)
            for axis in range(3):
                self.assertGreaterEqual(places[axis].min(), bounds[2 * axis] - half)
                self.assertLessEqual(places[axis].max(), bounds[2 * axis + 1] + half)

    def test_a_call_that_takes_too_long_ends_with_what_to_do(self):
        with self.assertRaisesRegex(ServerError, "took too long to answer. Try again"):
            self.logic.client.unary("ListModels", wire.message("ListModelsRequest")(), timeout=1e-6)

    def test_a_call_that_the_server_does_not_have_names_both_versions(self):
        ask = self.logic.client._channel.unary_unary("/mrnet.imaging.v1.Segmentation/Divine")
        with self.assertRaises(grpc.RpcError) as caught:
            ask(b"")
        self.assertRegex(str(self.logic.client.failure(caught.exception)), "is version [0-9.]+.* and does not know this call; this plugin needs [0-9.]+ or newer")

    def test_an_upload_of_200_megabytes_arrives(self):
        with tempfile.TemporaryDirectory() as folder:
            large = pathlib.Path(folder) / "large.nii"
            with open(large, "wb") as file:
                file.truncate(200 << 20)
            upload = self.logic.client.upload(transfer.upload_parts([(large.name, str(large))], "NIFTI")).result()
        self.assertEqual(upload.bytes, 200 << 20)

    def test_a_transformed_volume_is_refused_with_what_to_do(self):
        volume = dicom_volume(server.SAMPLES / "ct-nodule")
        volume.transform = object()
        with self.assertRaisesRegex(scene.Unusable, "harden"):
            self.logic.process(volume, "ct-lung-nodule")

    def test_models_fit_the_modality(self):
        self.assertEqual([model.id for model in self.logic.modelsFor(dicom_volume(server.SAMPLES / "ct-nodule"))], ["ct-lung-nodule"])
        self.assertEqual(len(self.logic.modelsFor(None)), 3)

    def test_cancel_ends_the_job_on_the_server(self):
        self.volume = dicom_volume(server.SAMPLES / "ct-nodule")
        self.logic.process(self.volume, "ct-lung-nodule")
        session = self.logic.session
        while "running" not in session.status and session.busy:
            session.poll()
        session.cancel()
        time.sleep(0.5)

        newest = self.logic.client.unary("List", wire.message("ListRequest")(page_size=1)).jobs[0]
        self.assertIn(wire.name_of("JobState", newest.state), ("STATE_CANCELLED", "STATE_DONE"))
        self.assertFalse(session.poll())

    def test_wrong_weights_are_one_sentence_with_found_and_wanted(self):
        self.segment_ct()
        with self.assertRaises(ServerError) as caught:
            self.logic.reweight([1, 0], wait=True)
        self.assertEqual(caught.exception.code, "INVALID_ARGUMENT")
        self.assertIn("2 values; expected 4", str(caught.exception))

    def test_a_lost_session_is_segmented_again_by_itself(self):
        overlay = self.segment_ct()
        self.logic.session.session_id = "00000000-0000-0000-0000-000000000000"

        self.logic.reweight([0, 0, 0, 1], wait=True)

        self.assertGreater(self.masks(overlay)["MRNet_1"].sum(), 100)
        self.assertNotEqual(self.logic.session.session_id, "00000000-0000-0000-0000-000000000000")

    def test_damaged_files_are_refused_and_the_next_volume_works(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / "a.dcm"
            broken.write_bytes(b"no image")
            with self.assertRaises(ServerError) as caught:
                request = wire.message("SegmentRequest")(model_id="ct-lung-nodule")
                task = jobs.segment(self.logic.client, request, ("DICOM", [("a.dcm", str(broken))]))
                task.wait(60)
                raise next(event[1] for event in task.drain() if event[0] == "error")
        self.assertEqual(caught.exception.code, "INVALID_ARGUMENT")
        self.segment_ct()

    def test_a_series_of_300_slices_goes_through(self):
        with tempfile.TemporaryDirectory() as folder:
            long = pathlib.Path(folder)
            _stretch(server.SAMPLES / "ct-nodule", long, 300)
            volume = dicom_volume(long)
            box = stand_in.vtkMRMLMarkupsROINode(_bounds(volume, (32, 32, 146), (96, 96, 154)))
            self.logic.process(volume, "ct-lung-nodule", region=box, wait=True)
        self.assertEqual(self.logic.overlay.shape[0], 300)


@unittest.skipUnless(server.program(), "mrnet is not built")
class RestartTest(unittest.TestCase):
    def test_a_server_killed_in_the_middle_comes_back_with_the_answer(self):
        running = server.Server()
        self.addCleanup(running.close)
        logic = MRNetSegmentation.MRNetSegmentationLogic()
        logic.connect(running.address)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        _stretch(server.SAMPLES / "ct-nodule", pathlib.Path(folder.name), 60)  # so long that it cannot be done before the kill
        logic.process(dicom_volume(pathlib.Path(folder.name)), "ct-lung-nodule")
        session, said = logic.session, set()
        while not session.status.startswith(("decoding", "running", "preparing")) and session.busy:
            session.poll()
        running.kill()
        end = time.monotonic() + 2
        while time.monotonic() < end:
            session.poll()
            said.add(session.status)
        running.start()

        logic.finish()

        self.assertTrue(any("trying again" in text for text in said), said)
        self.assertGreater(logic.overlay.nodes[1].array.max(), 0.05)
        logic.close()


@unittest.skipUnless(server.program(), "mrnet is not built")
@unittest.skipUnless(shutil.which("storescp"), "no storescp (Debian: dcmtk)")
class SendTest(unittest.TestCase):
    def test_the_server_sends_the_objects_also_when_the_archive_comes_back_later(self):
        port, folder = server.free_port(), tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        running = server.Server(more=["--pacs", "archive=ARCHIVE@127.0.0.1:{}".format(port)])
        self.addCleanup(running.close)
        logic = MRNetSegmentation.MRNetSegmentationLogic()
        self.addCleanup(logic.close)
        logic.connect(running.address)
        logic.process(dicom_volume(server.SAMPLES / "ct-nodule"), "ct-lung-nodule", wait=True)

        self.assertEqual(list(logic.server.pacs), ["archive"])
        logic.session.send("archive")
        logic.finish()
        self.assertIn("archive does not take the objects for now", logic.session.status)

        archive = subprocess.Popen(["storescp", "-od", folder.name, "-aet", "ARCHIVE", str(port)])
        self.addCleanup(archive.wait)
        self.addCleanup(archive.kill)
        self.assertTrue(self.eventually(lambda: len(list(pathlib.Path(folder.name).iterdir())) == 3))
        logic.session.send("archive")
        logic.finish()
        self.assertEqual(logic.session.status, "Sent.")

    def eventually(self, holds):
        end = time.monotonic() + 60
        while not holds() and time.monotonic() < end:
            time.sleep(0.1)
        return holds()


@unittest.skipUnless(server.program(), "mrnet is not built")
class AccountTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.Server(accounts=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_a_key_and_the_servers_certificate_open_the_way(self):
        logic = MRNetSegmentation.MRNetSegmentationLogic()
        self.addCleanup(logic.close)
        logic.connect(self.server.address, token=self.server.token, ca=self.server.ca)

        logic.process(dicom_volume(server.SAMPLES / "ct-nodule"), "ct-lung-nodule", wait=True)

        self.assertGreater(logic.overlay.nodes[1].array.max(), 0.05)

    def test_a_wrong_token_is_one_sentence_and_is_not_shown(self):
        error = self.refusal(token="not-a-key", ca=self.server.ca)

        self.assertEqual(error.code, "UNAUTHENTICATED")
        self.assertNotIn("not-a-key", str(error))

    def test_no_token_asks_for_one(self):
        self.assertEqual(self.refusal(ca=self.server.ca).code, "UNAUTHENTICATED")

    def test_a_certificate_nobody_vouches_for_is_not_trusted(self):
        self.assertIn("certificate", str(self.refusal(token=self.server.token)))

    def refusal(self, **who):
        asked = client.Client(self.server.address, **who)
        self.addCleanup(asked.close)
        with self.assertRaises(ServerError) as caught:
            asked.unary("ListModels", wire.message("ListModelsRequest")(), timeout=10)
        return caught.exception


class AddressTest(unittest.TestCase):
    def test_plain_text_goes_to_this_machine_only(self):
        with self.assertRaisesRegex(ValueError, "without TLS"):
            client.Client("http://example.org:50051")
        client.Client("http://127.0.0.1:50051").close()

    def test_an_address_without_a_port_is_refused(self):
        with self.assertRaisesRegex(ValueError, "expected https://host:port"):
            client.Client("https://example.org")

    def test_a_server_that_is_away_is_named(self):
        away = client.Client("http://127.0.0.1:9")
        with self.assertRaises(ServerError) as caught:
            away.unary("GetServer", wire.message("GetServerRequest")(), timeout=5)
        self.assertIn("Cannot reach http://127.0.0.1:9", str(caught.exception))


def _bounds(volume, first, last):
    corners = numpy.array([volume.matrix @ [*corner, 1] for corner in (first, last)])[:, :3]
    return [bound for axis in range(3) for bound in sorted(corners[:, axis])]


def _stretch(source, target, slices):
    """The series again and again along its normal, with UIDs and positions of its own."""
    files = sorted((pydicom.dcmread(file) for file in source.iterdir()), key=_along_normal)
    row, column, normal = _normal(files[0])
    start, step = numpy.array([float(n) for n in files[0].ImagePositionPatient]), float(files[0].SliceThickness)
    for n in range(slices):
        slice_ = files[min(n * len(files) // slices, len(files) - 1)]
        slice_.ImagePositionPatient = ["{:.4f}".format(value) for value in start + normal * step * n]
        slice_.SOPInstanceUID = slice_.file_meta.MediaStorageSOPInstanceUID = "2.25.{}".format(10**20 + n)
        slice_.InstanceNumber = n + 1
        slice_.save_as(target / "{:03}.dcm".format(n))


if __name__ == "__main__":
    unittest.main()
