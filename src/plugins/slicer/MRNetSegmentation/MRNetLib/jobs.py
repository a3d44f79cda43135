"""Calls that run beside Slicer: a thread iterates the stream, the widget's timer empties the queue.

Nothing here touches a scene or a widget, and nothing in Slicer is touched from the thread.
"""

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
    ("object", ObjectHeader, bytes) ("sent", Sent) ("done", Done or None) ("error", ServerError or TransferError).
    The last one is always "done" or "error"; after `cancel` nothing comes any more.
    """

    def __init__(self, work):
        self._events = queue.Queue()
        self._cancelled = threading.Event()
        self._call = None
        self._lock = threading.Lock()
        self._last = ""
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
            self.say("error", error)
        except Exception as error:  # a fault of ours: told, not lost in a thread
            self.say("error", ServerError("INTERNAL", "The plugin failed: {}. Please report this.".format(error)))


def segment(client, request, images=None):
    """Uploads images (kind, files) if given, submits, watches and fetches the answer; survives a lost connection."""
    request.idempotency_key = request.idempotency_key or str(uuid.uuid4())

    def work(task):
        if images is not None:
            request.source.upload_id = _upload(task, client, *images)
        job = _again(task, client, lambda: client.unary("Submit", request))
        if job is None:
            return
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
    total = len(files)
    reported = ((index, part) for index, part in _counted(transfer.upload_parts(files, kind)))
    stage = wire.number("Stage", "STAGE_RECEIVING")

    def parts():
        for index, part in reported:
            task.say("progress", wire.message("Progress")(stage=stage, done=index, total=total))
            yield part

    call = task.running(client.upload(parts()))
    try:
        return call.result().upload_id
    except grpc.FutureCancelledError as error:
        raise ServerError("CANCELLED", "The upload was cancelled.") from error
    except grpc.RpcError as error:
        raise client.failure(error) from error


def _counted(parts):
    """Each part with the number of files begun."""
    files = 0
    for part in parts:
        files += part.HasField("header")
        yield files, part


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
    """Repeats a safe call while the server is away, with growing pauses that the user sees."""
    for wait in _WAITS + (None,):
        try:
            return call()
        except ServerError as error:
            if error.code != "UNAVAILABLE" or wait is None:
                raise
            task.say("notice", "{} does not answer; trying again in {} s.".format(client.address, wait))
            if not task.pause(wait):
                return None


def _cancel_job(client, job_id):
    try:
        client.unary("Cancel", wire.message("CancelRequest")(job_id=job_id), timeout=5.0)
    except ServerError:
        pass  # it had ended, or the server is away and will be asked no more
