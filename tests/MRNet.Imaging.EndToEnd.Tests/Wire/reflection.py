"""What grpcurl does: asks the server for its services and their descriptors, and calls one with nothing else known."""
import grpc
from google.protobuf import descriptor_pb2, json_format

from wire import Messages

NAME = "grpc.reflection.v1alpha.ServerReflection"
STRING, MESSAGE, BYTES = 9, 11, 12


def own_messages():
    """The part of grpc/reflection/v1alpha/reflection.proto that is needed here."""
    file = descriptor_pb2.FileDescriptorProto(name="reflection.proto", package="grpc.reflection.v1alpha", syntax="proto3")

    def message(name, *fields):
        kind = file.message_type.add(name=name)
        for field, number, type_of, repeated, of in fields:
            kind.field.add(name=field, number=number, type=type_of, label=3 if repeated else 1, type_name=of and f".grpc.reflection.v1alpha.{of}")

    message("ServerReflectionRequest", ("file_containing_symbol", 4, STRING, False, None), ("list_services", 7, STRING, False, None))
    request = file.message_type[0]  # an empty list_services must be on the wire too: both belong to a oneof
    request.oneof_decl.add(name="message_request")
    for field in request.field:
        field.oneof_index = 0
    message("FileDescriptorResponse", ("file_descriptor_proto", 1, BYTES, True, None))
    message("ServiceResponse", ("name", 1, STRING, False, None))
    message("ListServiceResponse", ("service", 1, MESSAGE, True, "ServiceResponse"))
    message("ServerReflectionResponse", ("file_descriptor_response", 4, MESSAGE, False, "FileDescriptorResponse"), ("list_services_response", 6, MESSAGE, False, "ListServiceResponse"))
    return Messages([file])


class Reflection:
    def __init__(self, address):
        self.messages = own_messages()
        self.channel = grpc.insecure_channel(address.replace("http://", ""))
        self.ask = self.channel.stream_stream(
            f"/{NAME}/ServerReflectionInfo",
            request_serializer=self.type("ServerReflectionRequest").SerializeToString,
            response_deserializer=self.type("ServerReflectionResponse").FromString)

    def type(self, name):
        return self.messages.type("grpc.reflection.v1alpha." + name)

    def one(self, **asked):
        return next(self.ask(iter([self.type("ServerReflectionRequest")(**asked)])))

    def services(self):
        return [service.name for service in self.one(list_services="").list_services_response.service]

    def describe(self, symbol):
        """Descriptors of the file that has the symbol and of what it imports."""
        files = {}
        for raw in self.one(file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            files[file.name] = file
        ordered = []

        def add(name):
            if name in files:
                file = files.pop(name)
                for imported in file.dependency:
                    add(imported)
                ordered.append(file)

        while files:
            add(next(iter(files)))
        return Messages(ordered)


def as_json(message):
    return json_format.MessageToDict(message)
