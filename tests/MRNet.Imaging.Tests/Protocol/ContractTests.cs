using Google.Protobuf.Reflection;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Tests.Protocol;

/// <summary>Clients in hospitals are not rebuilt with the server: the wire may only grow.</summary>
public class ContractTests
{
    [Fact]
    public void Wire() => Golden.Verify(string.Join('\n', Methods().Concat(Fields()).Concat(Values())) + "\n");

    private static FileDescriptor[] Files() =>
        [.. SegmentationReflection.Descriptor.Dependencies.Append(SegmentationReflection.Descriptor).Where(file => file.Package == "mrnet.imaging.v1").OrderBy(file => file.Name, StringComparer.Ordinal)];

    private static IEnumerable<string> Methods() =>
        from service in SegmentationReflection.Descriptor.Services
        from method in service.Methods
        select $"{service.FullName}/{method.Name}({Stream(method.IsClientStreaming)}{method.InputType.Name}) returns ({Stream(method.IsServerStreaming)}{method.OutputType.Name})";

    private static IEnumerable<string> Fields() =>
        from file in Files()
        from message in file.MessageTypes
        from field in message.Fields.InFieldNumberOrder()
        select $"{message.Name}.{field.Name} = {field.FieldNumber} {(field.IsRepeated ? "repeated " : "")}{TypeOf(field)}{(field.ContainingOneof is { } choice ? $" of {choice.Name}" : "")}";

    private static IEnumerable<string> Values() =>
        from file in Files()
        from kind in file.EnumTypes
        from value in kind.Values
        select $"{value.Name} = {value.Number}";

    private static string Stream(bool streaming) => streaming ? "stream " : "";

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.Name,
        var simple => simple.ToString(),
    };
}
