"""What a client of another language does, one scenario a run: scenarios.py NAME ADDRESS DESCRIPTORS [PATH]."""
import glob
import gzip
import os
import sys
import tempfile
import time

import grpc
import nibabel
import numpy

from reflection import Reflection, as_json
from wire import SERVICE, Answer, Client, Messages, error_info, pieces, whole

BIT, UINT8, FLOAT32 = 1, 2, 4


class Scenario:
    def __init__(self, address, descriptors, path):
        self.address, self.path = address, path
        self.m = Messages.of_set(descriptors)
        self.client = Client(address, self.m)

    def request(self, model, outputs, **options):
        return self.m("SegmentRequest", model_id=model, outputs=[self.m.value("Output", "OUTPUT_" + name) for name in outputs], options=self.m("Options", **options))

    def segment(self, request, kind, paths):
        """Request and files in one call."""
        def stream():
            yield self.m("SegmentUploadChunk", request=request)
            yield from pieces(self.m, kind, paths, "SegmentUploadChunk")
        return self.client.SegmentUpload(stream())

    def map(self, answer, kind, structure=1, rater=""):
        return answer.maps[self.m.value("Output", "OUTPUT_" + kind), structure, rater]

    def job(self, job_id):
        return next(job for job in self.client.List(self.m("ListRequest", page_size=100)).jobs if job.id == job_id)

    # scenarios

    def ct(self):
        """A CT series: maps as bits, bytes and floats, and the same as NIfTI files."""
        files = sorted(glob.glob(os.path.join(self.path, "*.dcm")))
        kinds = ["MASK", "PROBABILITY", "UNCERTAINTY", "RATER_MASKS", "NIFTI", "DICOM_SEG"]
        coarse = Answer(self.segment(self.request("ct-lung-nodule", kinds), "IMAGE_KIND_DICOM", files))
        fine = Answer(self.segment(self.request("ct-lung-nodule", kinds, sample=FLOAT32), "IMAGE_KIND_DICOM", files))

        same_as_nifti(self, coarse, "MASK", "mask", BIT, 0)
        same_as_nifti(self, coarse, "PROBABILITY", "probability", UINT8, 0.5 / 255 + 1e-6)
        same_as_nifti(self, coarse, "UNCERTAINTY", "uncertainty", UINT8, 0.25 / 255 + 1e-6)
        same_as_nifti(self, fine, "PROBABILITY", "probability", FLOAT32, 0)
        same_as_nifti(self, fine, "UNCERTAINTY", "uncertainty", FLOAT32, 0)
        assert len(fine.summary.grid.sop_uids) == len(files) == fine.summary.grid.slices
        assert fine.summary.stats[0].voxels == self.map(fine, "MASK")[1].sum() > 0
        raters = [key[2] for key in fine.maps if key[0] == self.m.value("Output", "OUTPUT_RATER_MASKS")]
        assert len(set(raters)) == 4, raters
        assert fine.objects["segmentation.dcm"][128:132] == b"DICM"
        stages = [progress.stage for progress in fine.progress]
        assert stages == sorted(stages), f"progress went backwards: {stages}"

    def nifti(self):
        """A NIfTI volume in two calls: Upload, then Segment."""
        upload = self.client.Upload(pieces(self.m, "IMAGE_KIND_NIFTI", [self.path], "UploadChunk"))
        request = self.request("ct-lung-nodule", ["MASK", "NIFTI"], reading=self.m("Reading", modality="CT"))
        request.source.upload_id = upload.upload_id
        answer = Answer(self.client.Segment(request))
        same_as_nifti(self, answer, "MASK", "mask", BIT, 0)
        assert upload.files == 1 and upload.bytes == os.path.getsize(self.path)
        assert not answer.summary.grid.sop_uids

    def photograph(self):
        """A fundus photograph: the model finds the disc by itself."""
        answer = Answer(self.segment(self.request("fundus-optic-disc", ["MASK", "UNCERTAINTY"], reading=self.m("Reading", modality="OP")), "IMAGE_KIND_PICTURE", [self.path]))
        header, mask = self.map(answer, "MASK")
        box = answer.summary.box
        assert answer.summary.located and mask.sum() > 100
        assert (box.columns, box.rows) == (header.columns, header.rows) and header.columns < answer.summary.grid.columns
        assert not answer.summary.grid.origin, "a photograph has no patient coordinates"
        assert 0 < self.map(answer, "UNCERTAINTY")[1].max() <= 0.5

    def cancel(self):
        """call.cancel() ends the job on the server."""
        call = self.client.Segment(self.long_request())
        job = next(event for event in call if event.WhichOneof("event") == "progress" and event.progress.stage == 5).job_id
        call.cancel()
        self.is_cancelled(job)

    def deadline(self):
        """A deadline that passes ends the job too."""
        call = self.client.Segment(self.long_request(), timeout=1.5)
        try:
            job = [event.job_id for event in call]
            raise AssertionError(f"it was done within its deadline: {job}")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
        running = [self.m.value("JobState", "JOB_STATE_" + name) for name in ("QUEUED", "RUNNING")]
        until(lambda: not self.client.List(self.m("ListRequest", states=running)).jobs)

    def submit(self):
        """A job that outlives the connection, twice under one key."""
        request = self.request("ct-lung-nodule", ["MASK"])
        request.source.folder.root, request.source.folder.path = "samples", "ct-nodule"
        request.idempotency_key = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c0aa"
        job = self.client.Submit(request)
        assert self.client.Submit(request).id == job.id
        self.client.channel.close()
        self.client = Client(self.address, self.m)
        events = list(self.client.Watch(self.m("WatchRequest", job_id=job.id)))
        assert events[-1].WhichOneof("event") == "done"
        assert Answer(self.client.GetResult(self.m("GetResultRequest", job_id=job.id))).job == job.id
        other = self.m("SegmentRequest")
        other.CopyFrom(request)
        other.options.threshold = 0.4
        self.fails(lambda: self.client.Submit(other), grpc.StatusCode.ALREADY_EXISTS, "KEY_IN_USE", "idempotency_key")

    def errors(self):
        """Status, reason, field, found and wanted of what does not fit."""
        good = self.request("ct-lung-nodule", ["MASK"])
        good.source.folder.root, good.source.folder.path = "samples", "ct-nodule"

        def spoilt(spoil):
            request = self.m("SegmentRequest")
            request.CopyFrom(good)
            spoil(request)
            return lambda: self.client.Submit(request)

        self.fails(spoilt(lambda r: setattr(r, "model_id", "nothing")), grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL", "model_id")
        self.fails(spoilt(lambda r: r.weights.values.extend([1, 2])), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_IMAGE", "weights")
        self.fails(spoilt(lambda r: setattr(r.source.folder, "path", "../src")), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_IMAGE", "folder.path")
        self.fails(spoilt(lambda r: r.outputs.append(99)), grpc.StatusCode.UNIMPLEMENTED, "UNSUPPORTED_IMAGE", "outputs")
        self.fails(lambda: self.client.Cancel(self.m("CancelRequest", job_id="x")), grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "job_id")
        assert len(self.client.ListModels(self.m("ListModelsRequest")).models) == 3

    def reflection(self):
        """Nothing but the address: services, descriptors, a call."""
        found = Reflection(self.address)
        assert SERVICE in found.services() and "grpc.health.v1.Health" in found.services(), found.services()
        messages = found.describe(SERVICE)
        client = Client(self.address, messages)
        models = as_json(client.ListModels(messages("ListModelsRequest")))["models"]
        assert [model["id"] for model in models] == ["ct-lung-nodule", "fundus-optic-disc", "mr-brain"], models
        for method in self.m.pool.FindServiceByName(SERVICE).methods:
            assert hasattr(client, method.name), f"reflection does not tell of {method.name}"

    # what they share

    def long_request(self):
        """A volume of zeros with many slices."""
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "long.nii.gz")
        nibabel.save(nibabel.Nifti1Image(numpy.zeros((128, 128, 600), numpy.int16), numpy.eye(4)), path)
        upload = self.client.Upload(pieces(self.m, "IMAGE_KIND_NIFTI", [path], "UploadChunk"))
        os.remove(path)
        os.rmdir(folder)
        request = self.request("ct-lung-nodule", ["MASK"], reading=self.m("Reading", modality="CT"))
        request.source.upload_id = upload.upload_id
        return request

    def is_cancelled(self, job):
        until(lambda: self.job(job).state == self.m.value("JobState", "JOB_STATE_CANCELLED"))

    def fails(self, call, code, reason, field):
        try:
            call()
        except grpc.RpcError as error:
            info = error_info(self.m, error)
            assert (error.code(), info.reason, info.metadata["field"]) == (code, reason, field), (error.code(), info)
            assert info.domain == "mrnet.imaging" and info.metadata["found"] and info.metadata["wanted"], info
            return
        raise AssertionError(f"{field} was not refused")


def same_as_nifti(scenario, answer, kind, name, sample, tolerance):
    """A map beside the file of the same answer: voxels and where they lie."""
    header, values = scenario.map(answer, kind)
    assert header.sample == sample, f"{kind} came as sample {header.sample}"
    file = next(content for file, content in answer.objects.items() if file.startswith(name + "-"))
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(file))
    grid = answer.summary.grid
    there = numpy.asarray(image.dataobj).reshape((grid.columns, grid.rows, grid.slices)).transpose(2, 1, 0)
    worst = numpy.abs(whole(header, values, grid).astype(numpy.float64) - there).max()
    assert worst <= tolerance, f"{kind} differs from its NIfTI by {worst}"
    axes = numpy.array(grid.direction).reshape(3, 3).T * numpy.array(grid.spacing)
    lps_to_ras = numpy.diag([-1, -1, 1])
    assert numpy.allclose(image.affine[:3, :3], lps_to_ras @ axes, atol=1e-4) and numpy.allclose(image.affine[:3, 3], lps_to_ras @ numpy.array(grid.origin), atol=1e-3)


def until(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not come to hold within 30 s"
        time.sleep(0.05)


if __name__ == "__main__":
    name, address, descriptors = sys.argv[1:4]
    getattr(Scenario(address, descriptors, sys.argv[4] if len(sys.argv) > 4 else ""), name)()
    print("well")
