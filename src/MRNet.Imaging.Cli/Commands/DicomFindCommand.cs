using System.CommandLine;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Network;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet dicom find</c>: what an archive has.</summary>
internal static class DicomFindCommand
{
    private static readonly Dictionary<string, DicomTag[]> Shown = new()
    {
        ["study"] = [DicomTag.StudyInstanceUID, DicomTag.StudyDate, DicomTag.ModalitiesInStudy, DicomTag.PatientID, DicomTag.StudyDescription],
        ["series"] = [DicomTag.SeriesInstanceUID, DicomTag.Modality, DicomTag.NumberOfSeriesRelatedInstances, DicomTag.SeriesDescription],
        ["image"] = [DicomTag.SOPInstanceUID, DicomTag.SOPClassUID, DicomTag.InstanceNumber],
    };

    public static Command Create()
    {
        var (peer, peers) = (PeerSyntax.Argument("Who is asked"), new PeerSyntax());
        var keys = new Argument<string[]>("KEY=VALUE") { Description = "What to match, such as PatientID=4711 or StudyDate=20260101-; KEY= alone asks for it.", Arity = ArgumentArity.ZeroOrMore };
        var level = new Option<string>("--level") { Description = "study, series or image. Series need StudyInstanceUID=, images SeriesInstanceUID= too.", DefaultValueFactory = _ => "study" };
        level.AcceptOnlyFromAmong([.. Shown.Keys]);
        var limit = new Option<int>("--limit") { Description = "The most matches shown.", DefaultValueFactory = _ => 100 };
        var command = new MrnetCommand("find", "Lists studies, series or images of an archive (C-FIND or QIDO-RS).",
            """
            mrnet dicom find ORTHANC@localhost:4242 PatientID=4711
            mrnet dicom find https://pacs/dicom-web --level series StudyInstanceUID=1.2.3
            """)
        { peer, keys, level, limit };
        peers.AddTo(command);
        command.Add(CommonOptions.Json);

        command.SetAction(async (parsed, cancellation) =>
        {
            var connection = peers.Read(parsed, parsed.GetRequiredValue(peer));
            var (at, most) = (parsed.GetRequiredValue(level), parsed.GetValue(limit));
            var query = Query(at, parsed.GetValue(keys) ?? []);
            var found = await connection.SaidAsync(() => connection.Address.Web is null ? FindAsync(connection, query, most, cancellation) : SearchAsync(connection, at, query, most, cancellation));
            if (parsed.GetValue(CommonOptions.Json))
                Console.Out.WriteLine(DicomJson.ConvertDicomToJson(found, new() { Indented = true }));
            else
                found.ForEach(match => Console.Out.WriteLine(string.Join('\t', Shown[at].Select(tag => match.GetStringOrEmpty(tag).Trim()))));
            return 0;
        });
        return command;
    }

    private static DicomDataset Query(string level, string[] keys)
    {
        var query = new DicomDataset().Add(DicomTag.QueryRetrieveLevel, level.ToUpperInvariant());
        foreach (var tag in Shown[level])
            query.Add(tag);
        try
        {
            foreach (var key in keys)
            {
                var (name, value) = key.Split('=', 2) is [var left, var right] ? (left, right) : (key, "");
                var tag = DicomTag.Parse(name);
                // Wildcards and ranges are no values of their VR.
                query.AddOrUpdate(new DicomElement(tag, DicomDictionary.VROf(tag), System.Text.Encoding.UTF8.GetBytes(value)));
            }

            return query;
        }
        catch (DicomException error)
        {
            throw new InvalidImageException(error.Message, error);
        }
    }

    private static async Task<List<DicomDataset>> FindAsync(PeerConnection peer, DicomDataset query, int most, CancellationToken cancellation)
    {
        await using var association = await DicomAssociation.ConnectAsync(peer.Address.Dicom!, [DicomAssociation.FindContext], peer.Association, cancellation);
        return await TakeAsync(association.FindAsync(query, cancellation), most);
    }

    private static Task<List<DicomDataset>> SearchAsync(PeerConnection peer, string level, DicomDataset query, int most, CancellationToken cancellation)
    {
        var web = peer.Web();
        var (study, series) = (query.GetStringOrEmpty(DicomTag.StudyInstanceUID), query.GetStringOrEmpty(DicomTag.SeriesInstanceUID));
        var pairs = query.OfType<DicomElement>().Where(item => item.Length > 0 && item.Tag != DicomTag.QueryRetrieveLevel && (level == "study" || item.Tag != DicomTag.StudyInstanceUID) && (level != "image" || item.Tag != DicomTag.SeriesInstanceUID))
            .Select(item => KeyValuePair.Create(item.Tag.Keyword, query.GetStringOrEmpty(item.Tag)));
        return TakeAsync(level switch
        {
            "study" => web.SearchStudiesAsync(pairs, cancellation),
            "series" => web.SearchSeriesAsync(study, pairs, cancellation),
            _ => web.SearchInstancesAsync(study, series, pairs, cancellation),
        }, most);
    }

    private static async Task<List<DicomDataset>> TakeAsync(IAsyncEnumerable<DicomDataset> matches, int most)
    {
        var found = new List<DicomDataset>();
        await foreach (var match in matches)
        {
            found.Add(match);
            if (found.Count >= most)
                break;
        }

        return found;
    }
}
