"""The server's messages, made from a descriptor set when they are first asked for.

Generated code binds to one range of protobuf versions, and Slicer has one Python for all extensions; a descriptor set
works with any.
"""

import pathlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "mrnet.imaging.v1."
SERVICE = PACKAGE + "Segmentation"


def _read_pool():
    descriptors = descriptor_pb2.FileDescriptorSet()
    descriptors.ParseFromString(pathlib.Path(__file__).with_name("mrnet.desc").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    return pool


def _message_class(descriptor):
    if hasattr(message_factory, "GetMessageClass"):  # protobuf 4.22 and newer
        return message_factory.GetMessageClass(descriptor)
    return _factory.GetPrototype(descriptor)


_pool = _read_pool()
_factory = message_factory.MessageFactory(_pool)


def message(name):
    """The class of a message of the contract: message("SegmentRequest")."""
    full_name = name if "." in name else PACKAGE + name
    return _message_class(_pool.FindMessageTypeByName(full_name))


def number(enum, name):
    """Number of an enum's value: number("Output", "OUTPUT_MASK")."""
    return _pool.FindEnumTypeByName(PACKAGE + enum).values_by_name[name].number


def name_of(enum, value):
    """Name of an enum's value, without the enum's prefix; "" for a value that this plugin does not know yet."""
    found = _pool.FindEnumTypeByName(PACKAGE + enum).values_by_number.get(value)
    return found.name.split("_", 1)[1] if found else ""


def stub(channel, method_name):
    """A callable for one method of the service, streaming as the contract says."""
    method = _pool.FindServiceByName(SERVICE).methods_by_name[method_name]
    request, reply = _message_class(method.input_type), _message_class(method.output_type)
    description = descriptor_pb2.MethodDescriptorProto()
    method.CopyToProto(description)
    kind = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }[(description.client_streaming, description.server_streaming)]
    return kind(
        "/{}/{}".format(SERVICE, method_name),
        request_serializer=request.SerializeToString,
        response_deserializer=reply.FromString,
    )
