"""The wire from Python, with Debian's python3-grpcio and python3-protobuf: messages from a descriptor set, no generated code."""
import hashlib
import os
import zlib

import grpc
import numpy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "mrnet.imaging.v1.Segmentation"
CHUNK = 1 << 20


class Messages:
    """Message classes by their full names."""

    def __init__(self, files):
        """files: FileDescriptorProtos, what is imported before what imports it."""
        self.pool = descriptor_pool.DescriptorPool()
        for file in files:
            self.pool.Add(file)
        self.factory = message_factory.MessageFactory(self.pool)

    @staticmethod
    def of_set(path):
        with open(path, "rb") as file:
            return Messages(descriptor_pb2.FileDescriptorSet.FromString(file.read()).file)

    def __call__(self, name, **fields):
        return self.type(name)(**fields)

    def type(self, name):
        full = name if "." in name else "mrnet.imaging.v1." + name
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName(full))

    def value(self, enum, name):
        return self.pool.FindEnumTypeByName("mrnet.imaging.v1." + enum).values_by_name[name].number


class Client:
    """One method for each call of the service, found by name: client.ListModels(request)."""

    def __init__(self, address, messages):
        self.messages = messages
        self.channel = grpc.insecure_channel(address.replace("http://", ""))
        for method in messages.pool.FindServiceByName(SERVICE).methods:
            setattr(self, method.name, self.stub(method))

    def stub(self, method):
        """Streaming or not is not in this protobuf's descriptors of methods; the descriptor of the file says it."""
        proto = descriptor_pb2.MethodDescriptorProto()
        method.CopyToProto(proto)
        ways = {(False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary", (True, True): "stream_stream"}
        make = getattr(self.channel, ways[proto.client_streaming, proto.server_streaming])
        request, reply = (self.messages.type(kind.full_name) for kind in (method.input_type, method.output_type))
        return make(f"/{SERVICE}/{method.name}", request_serializer=request.SerializeToString, response_deserializer=reply.FromString)


def pieces(messages, kind, paths, message):
    """Header and chunks of files, as messages of an upload."""
    for path in paths:
        with open(path, "rb") as file:
            content = file.read()
        header = messages("UploadHeader", kind=messages.value("ImageKind", kind), file_name=os.path.basename(path), bytes=len(content), sha256=hashlib.sha256(content).digest())
        yield messages(message, header=header)
        for offset in range(0, len(content), CHUNK):
            yield messages(message, chunk=messages("Chunk", offset=offset, data=content[offset:offset + CHUNK]))


class Answer:
    """Events put together; what arrives damaged fails."""

    def __init__(self, events):
        self.maps, self.objects, self.progress, self.summary, self.done, self.job = {}, {}, [], None, None, ""
        open_parts, sequence = {}, 0
        for event in events:
            sequence += 1
            assert event.sequence == sequence, f"event {event.sequence} came as number {sequence}"
            self.job = event.job_id
            what = event.WhichOneof("event")
            if what == "progress":
                self.progress.append(event.progress)
            elif what in ("map", "object"):
                header = getattr(event, what)
                open_parts[header.stream] = (what, header, bytearray())
            elif what == "chunk":
                kind, header, content = open_parts[event.chunk.stream]
                assert event.chunk.offset == len(content), "a chunk is out of order"
                content += event.chunk.data
                if event.chunk.last:
                    self.take(kind, header, bytes(content))
                    del open_parts[event.chunk.stream]
            elif what in ("summary", "done"):
                setattr(self, what, getattr(event, what))
        assert not open_parts and self.done is not None, "the answer ends in its middle"

    def take(self, kind, header, content):
        assert len(content) == header.bytes, f"{len(content)} bytes came; the header says {header.bytes}"
        if kind == "object":
            assert hashlib.sha256(content).digest() == header.sha256
            self.objects[header.file_name] = content
            return
        raw = zlib.decompressobj(-15).decompress(content) if header.encoding == 2 else content
        assert len(raw) == header.raw_bytes and hashlib.sha256(raw).digest() == header.sha256
        self.maps[header.kind, header.structure, header.rater] = (header, voxels(header, raw))


def voxels(header, raw):
    """(D, H, W) of the header's box, as values."""
    shape = (header.slices, header.rows, header.columns)
    if header.sample == 1:  # BIT: the lowest first, each slice from a new byte
        pixels = header.rows * header.columns
        bits = numpy.unpackbits(numpy.frombuffer(raw, numpy.uint8).reshape(header.slices, -1), axis=1, bitorder="little")
        return bits[:, :pixels].reshape(shape)
    stored = numpy.frombuffer(raw, {2: "u1", 3: "<u2", 4: "<f4"}[header.sample]).reshape(shape)
    return stored if header.sample == 4 else stored * header.scale


def whole(header, values, grid):
    """The map on the whole grid: 0 outside its box."""
    full = numpy.zeros((grid.slices, grid.rows, grid.columns), values.dtype)
    full[header.z0:header.z0 + header.slices, header.y0:header.y0 + header.rows, header.x0:header.x0 + header.columns] = values
    return full


def error_info(messages, error):
    """google.rpc.ErrorInfo of a failed call: reason and metadata."""
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    for detail in messages.type("google.rpc.Status").FromString(details).details:
        if detail.type_url.endswith("google.rpc.ErrorInfo"):
            return messages.type("google.rpc.ErrorInfo").FromString(detail.value)
    raise AssertionError("the status has no google.rpc.ErrorInfo")
