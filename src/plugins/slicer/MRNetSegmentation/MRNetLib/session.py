"""What the user is doing with one volume: the model, the weights, the call that runs, the answer on screen."""

import numpy

from . import geometry, jobs, transfer, wire

_MAPS = ("OUTPUT_MASK", "OUTPUT_UNCERTAINTY")
_KEEPING = ("objects", "send")
_DICOM = ("OUTPUT_DICOM_SEG", "OUTPUT_DICOM_PARAMETRIC_MAP")


class Session:
    """Asks the server and puts what it answers on an overlay. `poll` is called from the main thread, about every 50 ms.

    overlay: `scene.Overlay` or anything with its methods. `status`: a sentence; `progress`: 0..1, or None while it is
    unknown; `error`: the last ServerError or TransferError, None after the next success; `stats`: rows of the table.
    """

    def __init__(self, client, model, overlay):
        self._client, self._model, self._overlay = client, model, overlay
        self._task = None
        self._sequence = 0
        self._arrays, self._fresh = {}, {}
        self._grid = None
        self._files = []
        self._doing = ""
        self._extra = ()
        self._before = []
        self.session_id = ""
        self.weights = list(model.default_weights)
        self.status, self.progress, self.error, self.stats = "", None, None, []
        self.coarse = False

    @property
    def busy(self):
        return self._task is not None

    @property
    def keeping(self):
        """DICOM objects are being made or sent: other weights have to wait."""
        return self.busy and self._doing in _KEEPING

    @property
    def can_undo(self):
        return bool(self._before)

    def segment(self, images, weights, threshold=0.0, box=None, around=None, extra=(), modality=""):
        """images: (kind, files) of `scene.images_of`; box: six voxel numbers; around: (LPS mm, size mm); extra: more outputs."""
        request = wire.message("SegmentRequest")(model_id=self._model.id, outputs=_outputs(_MAPS + tuple(extra)))
        request.weights.values.extend(weights)
        request.options.threshold = threshold
        request.options.reading.modality = modality
        if box is not None:
            request.options.region.box.CopyFrom(wire.message("Box")(**dict(zip(("x", "y", "z", "columns", "rows", "slices"), box))))
        elif around is not None:
            request.options.region.around.point_lps.extend(around[0])
            request.options.region.around.size_mm.extend(around[1])
        self.weights, self._extra = list(weights), tuple(extra)
        self._again = (images, weights, threshold, box, around, extra, modality)
        self._start("segment", jobs.segment(self._client, request, images))

    def reweight(self, weights, threshold=0.0):
        """The latest weights win: an answer that is still on its way is dropped."""
        if not self.session_id:
            return
        if list(weights) != self.weights:
            self._before.append(self.weights)
        self._ask(weights, threshold)

    def undo(self, threshold=0.0):
        """The weights before the last change, asked for again. Returns them."""
        weights = self._before.pop()
        self._ask(weights, threshold)
        return weights

    def _ask(self, weights, threshold):
        self._sequence += 1
        request = wire.message("ReweightRequest")(
            session_id=self.session_id, outputs=_outputs(_MAPS + self._extra), threshold=threshold, client_sequence=self._sequence, slices=self._overlay.on_screen()
        )
        request.weights.values.extend(weights)
        self.weights = list(weights)
        self._start("reweight", jobs.reweight(self._client, request))

    def fetch_objects(self, threshold=0.0):
        """DICOM objects of what is on screen; afterwards `take_objects` has them."""
        self._files = []
        self._start("objects", jobs.objects(self._client, self.session_id, self._model.id, self.weights, threshold, _outputs(_DICOM)))

    def send(self, pacs, threshold=0.0):
        self._start("send", jobs.export(self._client, self.session_id, self._model.id, self.weights, threshold, _outputs(_DICOM), pacs))

    def take_objects(self):
        """(ObjectHeader, bytes) of the objects that came, once."""
        files, self._files = self._files, []
        return files

    def cancel(self):
        if self._task is not None:
            self._task.cancel()
            self._task, self.status, self.progress = None, "Cancelled.", None

    def close(self, client_too=False):
        """The study is closed: nothing comes any more, and the server frees what it kept; client_too: the client is closed then."""
        self.cancel()
        identity, self.session_id = self.session_id, ""
        if identity or client_too:
            jobs.release(self._client, identity, client_too)

    def poll(self):
        """Takes what the server said; True when something was shown or ended."""
        task, changed = self._task, False
        for event in task.drain() if task else ():
            changed = self._take(*event) or changed
            if self._task is not task:
                break
        return changed

    def _start(self, doing, task):
        if self._task is not None:
            self._task.cancel()
        self._task, self._doing, self._fresh, self.error = task, doing, {}, None
        self.status, self.progress = "Waiting for the server.", None

    def _take(self, kind, value, content=None):
        return getattr(self, "_on_" + kind)(value, content) if hasattr(self, "_on_" + kind) else False

    def _on_progress(self, progress, _):
        self._show()  # the next answer is being computed: the one before is whole
        stage = wire.name_of("Stage", progress.stage).lower()
        self.status = "{} {} of {}".format(stage, progress.done, progress.total) if progress.total else stage
        if progress.queue_position:
            self.status = "{} jobs are before this one".format(progress.queue_position)
        self.progress = progress.done / progress.total if progress.total else None
        return True

    def _on_notice(self, sentence, _):
        self.status = sentence
        return True

    def _on_warning(self, warning, _):
        self.status = warning.message
        if warning.reason == "EXPORT_WAITS":  # the PACS is away: the server goes on trying by itself, nobody need wait
            self._task.cancel()
            self._task, self.progress = None, None
        return True

    def _on_summary(self, summary, _):
        if self._doing in _KEEPING:  # made from what is on screen: nothing new to show
            return False
        self._show()
        self.session_id, self.coarse, self._grid = summary.session_id or self.session_id, summary.coarse, summary.grid
        self._overlay.place(summary.grid)
        self.stats = [_row(stat, self._model) for stat in summary.stats] or self.stats  # a part of an answer has none
        return True

    def _on_map(self, header, box):
        key = (wire.name_of("Output", header.kind), header.structure, header.rater)
        whole = self._arrays.get(key)
        if whole is None or whole.shape != geometry.shape(self._grid):
            self._arrays[key] = whole = _empty(geometry.shape(self._grid), box)
        self._fresh[key] = transfer.put(header, box, whole)
        return False

    def _on_object(self, header, content):
        self._files.append((header, content))
        return False

    def _on_done(self, done, _):
        self._show()
        self._overlay.settle()
        self._task, self.progress = None, None
        self.status = "Done." if self._doing != "send" else "Sent."
        return True

    def _on_error(self, error, _):
        lost = self._doing == "reweight" and getattr(error, "code", "") == "NOT_FOUND"
        self._task, self.progress = None, None
        if lost:  # expired on the server: the same question from the start, once, without troubling the user
            images, _, threshold, box, around, extra, modality = self._again
            self.session_id = ""
            self.segment(images, self.weights, threshold, box, around, extra, modality)
            return True
        self.error, self.status = error, str(error)
        return True

    def _show(self):
        """Everything of one answer at once, so that mask and uncertainty on screen belong together."""
        fresh, self._fresh = self._fresh, {}
        masks = {structure: array for (kind, structure, _), array in fresh.items() if kind == "MASK"}
        raters = {(structure, rater): array for (kind, structure, rater), array in fresh.items() if kind == "RATER_MASKS"}
        uncertain = [array for (kind, _, _), array in fresh.items() if kind == "UNCERTAINTY"]
        if masks:
            self._overlay.show_masks(masks)
        if raters:
            self._overlay.show_raters(raters)
        if uncertain:
            self._overlay.show_uncertainty(_largest(uncertain))
        for (kind, structure, _), array in fresh.items():
            if kind == "PROBABILITY":
                self._overlay.show_probability(structure, array)


def _outputs(names):
    return [wire.number("Output", name) for name in names]


def _empty(shape, like):
    return numpy.zeros(shape, like.dtype)


def _largest(arrays):
    return numpy.maximum.reduce(arrays) if len(arrays) > 1 else arrays[0]


def _row(stat, model):
    """(label, volume or area, least, most, mean uncertainty) as the table shows them."""
    label = next((structure.label for structure in model.structures if structure.number == stat.structure), str(stat.structure))
    if stat.ml:
        return label, "{:.2f} ml".format(stat.ml), "{:.2f}".format(stat.ml_least), "{:.2f}".format(stat.ml_most), "{:.3f}".format(stat.mean_uncertainty)
    size = "{:.1f} mm²".format(stat.area_mm2) if stat.area_mm2 else "{} pixels".format(stat.voxels)
    return label, size, "", "", "{:.3f}".format(stat.mean_uncertainty)
