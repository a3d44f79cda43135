"""A server that answers at once, for tests of the panel: two models, a volume of 4 slices."""

import hashlib
import threading
import types

import numpy

import server  # noqa: F401  puts the plugin on the path
from MRNetLib import client, wire
from MRNetLib.errors import ServerError

SHAPE = (4, 6, 8)  # k, j, i


def _code(value):
    return wire.message("Code")(value=value, scheme="SCT", meaning=value)


def _model(identity, modality, raters):
    return wire.message("Model")(
        id=identity, display_name=identity, modalities=[modality], ready=True, threshold=0.5, default_weights=[1 / raters] * raters,
        structures=[wire.message("Structure")(number=1, label="Nodule", color=0xFF0000, category=_code("1"), type=_code("2"))],
        raters=[wire.message("Rater")(id="r{}".format(n), display_name="Rater {}".format(n)) for n in range(raters)],
    )


class Call(list):
    """A stream; it does not end while `is_held` says so, or until it is cancelled."""

    def __init__(self, events, is_held):
        super().__init__(events)
        self.is_held, self.cancelled = is_held, threading.Event()

    def cancel(self):
        self.cancelled.set()

    def __iter__(self):
        yield from super().__iter__()
        while self.is_held() and not self.cancelled.wait(0.01):
            pass


class Stub:
    """In the place of `client.Client`. `asked` has every call as (name, request); `refuse[name]` is a list of errors to raise
    before it answers; `answering` keeps all waiting while it is not set; `hold` keeps Watch running, `coarse` a Reweight whose
    first answer is there; `damage` gives maps another hash."""

    def __init__(self):
        self.asked, self.refuse, self.hold, self.coarse, self.pieces, self.damage = [], {}, False, False, [], False
        self.answering = threading.Event()
        self.answering.set()
        self.models = [_model("first", "CT", 2), _model("second", "CT", 3)]
        self.closed = threading.Event()

    def __call__(self, address, token="", ca="", certificate="", key="", allow_insecure=False, chunk_bytes=1 << 20):
        client.parse(address)
        self.address, self.token, self.chunk_bytes, self.allowed, self.server_version = address, token, chunk_bytes, allow_insecure, ""
        return self

    def named(self, name):
        return [request for one, request in self.asked if one == name]

    def unary(self, name, request, timeout=20.0):
        self._refuse(name, request)
        return getattr(self, "_" + name)(request)

    def stream(self, name, request):
        self._refuse(name, request)
        return Call(getattr(self, "_" + name)(request), lambda: (self.hold and name == "Watch") or (self.coarse and name == "Reweight"))

    def upload(self, parts):
        self._refuse("Upload", None)
        self.pieces = [len(part.chunk.data) for part in parts if part.HasField("chunk")]
        return types.SimpleNamespace(result=lambda: types.SimpleNamespace(upload_id="u"), cancel=lambda: None)

    def failure(self, error):
        return error

    def close(self):
        self.closed.set()

    def _refuse(self, name, request):
        self.answering.wait(60)
        self.asked.append((name, request))
        if self.refuse.get(name):
            raise self.refuse[name].pop(0)

    def _GetServer(self, _):
        return wire.message("Server")(version="0.1.0", pacs=["archive"])

    def _ListModels(self, _):
        return wire.message("ListModelsResponse")(models=self.models)

    def _Submit(self, request):
        return wire.message("Job")(id="job-7")

    def _Cancel(self, request):
        return wire.message("Job")(id="job-7")

    def _Release(self, _):
        return wire.message("ReleaseReply")()

    def _Watch(self, _):
        return [event(progress=wire.message("Progress")(stage=5, done=1, total=4))]

    def _GetResult(self, _):
        request = self.named("Submit")[-1]
        if wire.number("Output", "OUTPUT_DICOM_SEG") in request.outputs:
            content = b"object"
            header = wire.message("ObjectHeader")(stream=1, file_name="a.dcm", bytes=6, sha256=hashlib.sha256(content).digest())
            return [self._summary(request), event(object=header), _chunk(1, content), event(done=wire.message("Done")())]
        return self._answer(request)

    def _Reweight(self, request):
        answer = self._answer(request)
        return answer[:-1] + self._Watch(request) if self.coarse else answer

    def _summary(self, request):
        grid = wire.message("Grid")(slices=SHAPE[0], rows=SHAPE[1], columns=SHAPE[2], spacing=[1, 1, 2], origin=[0, 0, 0], direction=[1, 0, 0, 0, 1, 0, 0, 0, 1])
        stat = wire.message("StructureStat")(structure=1, voxels=9, ml=2.5, ml_least=1.25, ml_most=4, mean_uncertainty=0.125)
        return event(summary=wire.message("Summary")(session_id="s", grid=grid, weights=request.weights.values, stats=[stat]))

    def _answer(self, request):
        """The mask is as many slices as the first weight says in quarters."""
        mask = numpy.zeros(SHAPE, bool)
        mask[: int(4 * request.weights.values[0])] = True
        events = [self._summary(request)]
        for stream, output in enumerate(request.outputs, 1):
            kind = wire.name_of("Output", output)
            raw = _bits(mask) if "MASK" in kind else (mask * numpy.uint8(100)).tobytes()
            digest = hashlib.sha256(raw + b"x" * self.damage).digest()
            sample = wire.number("Sample", "SAMPLE_BIT" if "MASK" in kind else "SAMPLE_UINT8")
            header = wire.message("MapHeader")(
                stream=stream, kind=output, structure=1, rater="r0" if "RATER" in kind else "", slices=4, rows=6, columns=8, sample=sample, scale=1 / 255, bytes=len(raw), raw_bytes=len(raw), sha256=digest
            )
            events += [event(map=header), _chunk(stream, raw)]
        return events + [event(done=wire.message("Done")(session_id="s"))]


def event(**what):
    return wire.message("Event")(**what)


def _chunk(stream, data):
    return event(chunk=wire.message("Chunk")(stream=stream, data=data, last=True))


def _bits(mask):
    return b"".join(numpy.packbits(slice_, bitorder="little").tobytes() for slice_ in mask.reshape(len(mask), -1))


def refusal(code, sentence="No.", **more):
    return ServerError(code, sentence, **more)
