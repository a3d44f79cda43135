"""Calls that run beside Slicer: a thread iterates the stream, the widget's timer empties the queue.

Nothing here touches a scene or a widget, and nothing in Slicer is touched from the thread.
"""

import math
import queue
import threading
import uuid

import grpc

from . import errors, transfer, wire
from .errors import ServerError, TransferError

_WAITS = (1, 2, 4, 8, 16, 30)  # seconds before a safe call is repeated


class Task:
    """One piece of work with the server. `drain` gives what happened since the last time, as (kind, value...) tuples:

    ("progress", Progress) ("notice", sentence) ("warning", Warning) ("summary", Summary) ("map", MapHeader, array)
    ("object", ObjectHeader, bytes) ("sent", Sent) ("server", Server, models) ("done", Done or None) ("error", ServerError or TransferError).
    The last one is always "done" or "error"; after `cancel` nothing comes any more.
    """

    def __init__(self, work):
        self._events = queue.Queue()
        self._cancelled = threading.Event()
        self._call = None
        self._lock = threading.Lock()
        self._last = self.job_id = ""
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True, name="MRNet")
        self._thread.start()

    def cancel(self):
        self._cancelled.set()
        with self._lock:
            if self._call is not None:
                self._call.cancel()

    def drain(self):
        while not self._cancelled.is_set():
            try:
                yield self._events.get_nowait()
            except queue.Empty:
                return

    def wait(self, timeout=None):
        """For scripts: blocks until the work has ended. True when it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def say(self, *event):
        self._last = event[0]
        self._events.put(event)

    def running(self, call):
        """Remembers the call so that `cancel` ends it."""
        with self._lock:
            self._call = call
        if self._cancelled.is_set():
            call.cancel()
        return call

    def pause(self, seconds):
        """Waits; False when cancelled meanwhile."""
        return not self._cancelled.wait(seconds)

    def _run(self, work):
        try:
            work(self)
            if self._last != "done":
                self.say("done", None)
        except (ServerError, TransferError) as error:
            error.job_id = self.job_id
            self.say("error", error)
        except Exception as error:  # a fault of ours: told, not lost in a thread
            self.say("error", ServerError("INTERNAL", "The plugin failed: {}. Please report this.".format(error)))


def ask(client):
    """What the server is and what it offers."""

    def work(task):
        server = client.unary("GetServer", wire.message("GetServerRequest")())
        client.server_version = server.version
        models = client.unary("ListModels", wire.message("ListModelsRequest")()).models
        task.say("server", server, list(models))

    return Task(work)


def release(client, session_id, close=False):
    """Lets the server free what it keeps of a session; close: nothing more is asked of this client afterwards."""

    def work(task):
        try:
            if session_id:
                client.unary("Release", wire.message("ReleaseRequest")(session_id=session_id), timeout=5.0)
        finally:
            if close:
                client.close()

    return Task(work)


def segment(client, request, images=None):
    """Uploads images (kind, files) if given, submits, watches and fetches the answer; survives a lost connection."""
    request.idempotency_key = request.idempotency_key or str(uuid.uuid4())

    def work(task):
        if images is not None:
            request.source.upload_id = _upload(task, client, *images)
        job = _again(task, client, lambda: client.unary("Submit", request))
        if job is None:
            return
        task.job_id = job.id
        try:
            _again(task, client, lambda: _watch(task, client, job.id))
            _again(task, client, lambda: _receive(task, client, "GetResult", wire.message("GetResultRequest")(job_id=job.id)))
        finally:
            if task._cancelled.is_set():
                _cancel_job(client, job.id)

    return Task(work)


def reweight(client, request):
    """The answer to other weights: coarse, then refined."""
    return Task(lambda task: _receive(task, client, "Reweight", request))


def objects(client, session_id, model_id, weights, threshold, outputs):
    """DICOM objects of what is on screen, made by the server from the same images."""
    return segment(client, _of_session(session_id, model_id, weights, threshold, outputs))


def export(client, session_id, model_id, weights, threshold, outputs, pacs):
    """The same objects, sent by the server to a PACS that its administrator configured."""
    request = _of_session(session_id, model_id, weights, threshold, outputs)
    request.idempotency_key = str(uuid.uuid4())

    def work(task):
        job = _again(task, client, lambda: client.unary("Submit", request))
        if job is not None:
            task.job_id = job.id
            _again(task, client, lambda: _watch(task, client, job.id))
            _receive(task, client, "Export", wire.message("ExportRequest")(job_id=job.id, pacs=pacs, outputs=outputs))

    return Task(work)


def _of_session(session_id, model_id, weights, threshold, outputs):
    """The question that was answered on screen, with other outputs."""
    request = wire.message("SegmentRequest")(model_id=model_id, outputs=outputs)
    request.source.session_id = session_id
    request.weights.values.extend(weights)
    request.options.threshold = threshold
    return request


def _upload(task, client, kind, files):
    total = sum(transfer.size_of(content) for _, content in files)
    stage = wire.number("Stage", "STAGE_RECEIVING")

    def parts():
        sent = 0
        for part in transfer.upload_parts(files, kind, client.chunk_bytes):
            sent += len(part.chunk.data)
            task.say("progress", wire.message("Progress")(stage=stage, done=100 * sent // max(1, total), total=100))
            yield part

    call = task.running(client.upload(parts()))
    try:
        return call.result().upload_id
    except grpc.FutureCancelledError as error:
        raise ServerError("CANCELLED", "The upload was cancelled.") from error
    except grpc.RpcError as error:
        raise client.failure(error) from error


def _watch(task, client, job_id):
    for event in _events(task, client, "Watch", wire.message("WatchRequest")(job_id=job_id)):
        if event.WhichOneof("event") in ("progress", "warning"):
            task.say(event.WhichOneof("event"), getattr(event, event.WhichOneof("event")))
    return True


def _receive(task, client, name, request):
    """Streams an answer into the task's queue; a broken map is dropped whole."""
    receiver = transfer.Receiver()
    for event in _events(task, client, name, request):
        kind = event.WhichOneof("event")
        if kind in ("map", "object"):
            receiver.begin(getattr(event, kind))
        elif kind == "chunk":
            _complete(task, receiver.take(event.chunk))
        elif kind is not None:
            task.say(kind, getattr(event, kind))
    return True


def _complete(task, whole):
    if whole is None:
        return
    header, content = whole
    if header.DESCRIPTOR.name == "MapHeader":
        task.say("map", header, transfer.decode(header, content))
    else:
        task.say("object", header, content)


def _events(task, client, name, request):
    call = task.running(client.stream(name, request))
    try:
        for event in call:
            yield event
    except grpc.RpcError as error:
        if not errors.is_cancelled(error) or not task._cancelled.is_set():
            raise client.failure(error) from error


def _again(task, client, call):
    """Repeats a safe call while the server is away or busy, with growing pauses that the user sees counted down."""
    for wait in _WAITS + (None,):
        try:
            return call()
        except ServerError as error:
            if wait is None or (error.code != "UNAVAILABLE" and error.retry_after is None):
                raise
            state = "does not answer" if error.code == "UNAVAILABLE" else "is busy"
            if not _count_down(task, "{} {}; trying again in {{}} s.".format(client.address, state), max(wait, math.ceil(error.retry_after or 0))):
                return None


def _count_down(task, sentence, seconds):
    """False when cancelled meanwhile."""
    for left in range(seconds, 0, -1):
        task.say("notice", sentence.format(left))
        if not task.pause(1):
            return False
    return True


def _cancel_job(client, job_id):
    try:
        client.unary("Cancel", wire.message("CancelRequest")(job_id=job_id), timeout=5.0)
    except ServerError:
        pass  # it had ended, or the server is away and will be asked no more
