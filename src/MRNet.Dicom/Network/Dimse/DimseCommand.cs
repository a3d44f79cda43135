namespace MRNet.Dicom.Network;

/// <summary>Command Field values of PS3.7 annex E.</summary>
internal enum CommandField : ushort
{
    StoreRequest = 0x0001,
    GetRequest = 0x0010,
    FindRequest = 0x0020,
    MoveRequest = 0x0021,
    EchoRequest = 0x0030,
    EventReportRequest = 0x0100,
    ActionRequest = 0x0130,
    CancelRequest = 0x0FFF,
    Response = 0x8000,
}

/// <summary>A command set, PS3.7 section 6.3: group 0000, always Implicit VR Little Endian.</summary>
internal sealed record DimseCommand(DicomDataset Dataset)
{
    private const ushort NoDataset = 0x0101;
    private static readonly DicomReadOptions Limits = new() { MaximumDepth = 4, MaximumElements = 1000 };

    public CommandField Field => (CommandField)Dataset.GetSingleValueOrDefault<ushort>(DicomTag.CommandField, 0);

    public bool IsResponse => ((ushort)Field & (ushort)CommandField.Response) != 0;

    public ushort MessageId => Dataset.GetSingleValueOrDefault<ushort>(DicomTag.MessageID, 0);

    public ushort RespondsTo => Dataset.GetSingleValueOrDefault<ushort>(DicomTag.MessageIDBeingRespondedTo, 0);

    public bool HasDataset => Dataset.GetSingleValueOrDefault(DicomTag.CommandDataSetType, NoDataset) != NoDataset;

    public string SopClass => Uid(DicomTag.AffectedSOPClassUID, DicomTag.RequestedSOPClassUID);

    public string SopInstance => Uid(DicomTag.AffectedSOPInstanceUID, DicomTag.RequestedSOPInstanceUID);

    public DicomStatus Status => new(Dataset.GetSingleValueOrDefault<ushort>(DicomTag.Status, 0x0110), Dataset.GetStringOrEmpty(DicomTag.ErrorComment).Trim());

    public int Count(DicomTag tag) => Dataset.GetSingleValueOrDefault<ushort>(tag, 0);

    public static DimseCommand Request(CommandField field, ushort messageId, string sopClass, bool hasDataset) => new(new DicomDataset()
        .Add(DicomTag.AffectedSOPClassUID, sopClass)
        .Add(DicomTag.CommandField, (ushort)field)
        .Add(DicomTag.MessageID, messageId)
        .Add(DicomTag.CommandDataSetType, hasDataset ? (ushort)0 : NoDataset));

    /// <summary>The answer to this request, without data set.</summary>
    public DimseCommand Response(DicomStatus status)
    {
        var response = new DicomDataset()
            .Add(DicomTag.CommandField, (ushort)(Field | CommandField.Response))
            .Add(DicomTag.MessageIDBeingRespondedTo, MessageId)
            .Add(DicomTag.CommandDataSetType, NoDataset)
            .Add(DicomTag.Status, status.Code);
        if (DicomUID.IsValid(SopClass))
            response.Add(DicomTag.AffectedSOPClassUID, SopClass);
        if (DicomUID.IsValid(SopInstance))
            response.Add(DicomTag.AffectedSOPInstanceUID, SopInstance);
        if (status.Comment.Length > 0)
            response.Add(DicomTag.ErrorComment, status.Comment.Length <= 64 ? status.Comment : status.Comment[..64]);
        return new(response);
    }

    public byte[] Encode()
    {
        using var rest = new MemoryStream();
        rest.Write([0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]); // (0000,0000) UL: how long the rest is
        DicomWriter.WriteDataset(rest, Dataset, isExplicit: false);
        var bytes = rest.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (uint)(bytes.Length - 12));
        return bytes;
    }

    /// <exception cref="DicomNetworkException">Damaged, or no command.</exception>
    public static DimseCommand Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var command = new DimseCommand(new DicomReader(new ByteWindow(bytes), Limits).ReadDataset(0, DicomTransferSyntax.ImplicitVRLittleEndian));
            return command.Dataset.Contains(DicomTag.CommandField)
                ? command
                : throw new DicomNetworkException($"The peer's command has no {DicomTag.CommandField.Named()}.", isTransient: false);
        }
        catch (DicomFileException error)
        {
            throw new DicomNetworkException($"The peer's command is damaged: {error.Message}", isTransient: false, error);
        }
    }

    private string Uid(DicomTag tag, DicomTag other) => Dataset.GetStringOrEmpty(Dataset.Contains(tag) ? tag : other);
}
