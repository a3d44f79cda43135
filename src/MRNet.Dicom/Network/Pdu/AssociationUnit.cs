namespace MRNet.Dicom.Network;

/// <summary>A-ASSOCIATE-RQ and -AC, PS3.8 sections 9.3.2 and 9.3.3, with the user information of PS3.7 annex D.</summary>
internal sealed record AssociationUnit
{
    private const string ApplicationContext = "1.2.840.10008.3.1.1.1";
    private const int MaximumContexts = 128;

    public required string CalledAe { get; init; }

    public required string CallingAe { get; init; }

    public required IReadOnlyList<PresentationContext> Contexts { get; init; }

    /// <summary>The longest P-DATA unit its sender takes; 0 for any.</summary>
    public uint MaximumLength { get; init; }

    public string ImplementationVersion { get; init; } = "";

    public DicomUser? User { get; init; }

    public bool HasKnownContext { get; private init; } = true;

    public static AssociationUnit ParseRequest(ReadOnlySpan<byte> body) => Parse(body, isRequest: true);

    /// <param name="request">An acceptance names transfer syntaxes only; the abstract ones are the request's.</param>
    public static AssociationUnit ParseAccept(ReadOnlySpan<byte> body, AssociationUnit request)
    {
        var accept = Parse(body, isRequest: false);
        var asked = request.Contexts.ToDictionary(context => context.Id);
        return accept with
        {
            Contexts = [.. accept.Contexts.Where(context => asked.ContainsKey(context.Id)).Select(context => context with
            {
                AbstractSyntax = asked[context.Id].AbstractSyntax,
                // A syntax that was not offered is no acceptance.
                TransferSyntaxes = [.. context.TransferSyntaxes.Where(asked[context.Id].TransferSyntaxes.Contains).Take(1)],
                Roles = accept.Contexts.FirstOrDefault(role => role.Id == 0 && role.AbstractSyntax == asked[context.Id].AbstractSyntax)?.Roles,
            })],
        };
    }

    public byte[] Encode(PduType type) => ItemWriter.Unit(type, writer =>
    {
        writer.UInt16(1).UInt16(0).Text(CalledAe.PadRight(16)).Text(CallingAe.PadRight(16)).Zeros(32)
            .Item(0x10, item => item.Text(ApplicationContext));
        foreach (var context in Contexts)
            Write(writer, context, type == PduType.AssociateRequest);
        writer.Item(0x50, user => WriteUser(user, type == PduType.AssociateRequest));
    });

    private static void Write(ItemWriter writer, PresentationContext context, bool isRequest) => writer.Item((byte)(isRequest ? 0x20 : 0x21), item =>
    {
        item.Byte(context.Id).Byte(0).Byte(context.Result).Byte(0);
        if (isRequest)
            item.Item(0x30, name => name.Text(context.AbstractSyntax));
        foreach (var syntax in context.TransferSyntaxes)
            item.Item(0x40, name => name.Text(syntax));
    });

    private void WriteUser(ItemWriter user, bool isRequest)
    {
        user.Item(0x51, item => item.UInt32(MaximumLength)).Item(0x52, item => item.Text(DicomFileMetaInformation.ImplementationClass.UID));
        foreach (var context in Contexts.Where(context => context.Roles is not null).DistinctBy(context => context.AbstractSyntax))
            user.Item(0x54, item => item.UInt16(context.AbstractSyntax.Length).Text(context.AbstractSyntax).Byte(context.Roles!.Value.Scu ? (byte)1 : (byte)0).Byte(context.Roles.Value.Scp ? (byte)1 : (byte)0));
        user.Item(0x55, item => item.Text(DicomFileMetaInformation.ImplementationVersion));
        if (isRequest && User is not null)
            user.Item(0x58, User.Write);
    }

    private static AssociationUnit Parse(ReadOnlySpan<byte> body, bool isRequest)
    {
        var reader = new ItemReader(body);
        var version = reader.UInt16();
        reader.Skip(2);
        var (called, calling) = (reader.AeTitle(), reader.AeTitle());
        reader.Skip(32);
        var (contexts, known) = (new List<PresentationContext>(), (version & 1) == 1);
        var unit = new AssociationUnit { CalledAe = called, CallingAe = calling, Contexts = contexts };
        while (!reader.IsAtEnd)
        {
            var type = reader.Item(out var item);
            if (type == 0x10)
                known &= item.Rest() == ApplicationContext;
            else if (type is 0x20 or 0x21)
                contexts.Add(Context(item, isRequest));
            else if (type == 0x50)
                unit = unit.WithUser(item, contexts);
            if (contexts.Count > 2 * MaximumContexts)
                throw new DicomNetworkException($"The peer proposes more than {MaximumContexts} presentation contexts.", isTransient: false);
        }

        return unit with { HasKnownContext = known };
    }

    private static PresentationContext Context(ItemReader item, bool isRequest)
    {
        var id = item.Byte();
        item.Skip(1);
        var result = item.Byte();
        item.Skip(1);
        var (name, syntaxes) = ("", new List<string>());
        while (!item.IsAtEnd)
        {
            var type = item.Item(out var content);
            if (type == 0x30)
                name = content.Rest();
            else if (type == 0x40)
                syntaxes.Add(content.Rest());
        }

        if ((id & 1) == 0)
            throw new DicomNetworkException($"The peer's presentation context has the number {id}; expected an odd one.", isTransient: false);
        return new(id, name, syntaxes) { Result = isRequest ? (byte)0 : result };
    }

    /// <summary>Roles are kept as contexts of number 0 until those they belong to are known.</summary>
    private AssociationUnit WithUser(ItemReader item, List<PresentationContext> contexts)
    {
        var unit = this;
        var roles = new Dictionary<string, (bool, bool)>();
        while (!item.IsAtEnd)
        {
            switch (item.Item(out var content))
            {
                case 0x51:
                    unit = unit with { MaximumLength = content.UInt32() };
                    break;
                case 0x54:
                    roles[content.Text(content.UInt16())] = (content.Byte() != 0, content.Byte() != 0);
                    break;
                case 0x55:
                    unit = unit with { ImplementationVersion = content.Rest() };
                    break;
                case 0x58:
                    unit = unit with { User = DicomUser.Read(content) };
                    break;
            }
        }

        for (var i = 0; i < contexts.Count; i++)
            if (roles.TryGetValue(contexts[i].AbstractSyntax, out var asked))
                contexts[i] = contexts[i] with { Roles = asked };
        contexts.AddRange(roles.Where(role => contexts.TrueForAll(context => context.AbstractSyntax != role.Key)).Select(role => new PresentationContext(0, role.Key, []) { Roles = role.Value, Result = PresentationContext.AbstractSyntaxRefused }));
        return unit;
    }
}
