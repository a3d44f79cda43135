using System.Text;
using System.Text.RegularExpressions;

namespace MRNet.Dicom.Tests.Json;

public sealed class JsonTests
{
    /// <summary>Compares by value: 1 and 1.0 are the same number, an absent and an empty value the same nothing.</summary>
    private const string Script = """
        import sys, json, pydicom, warnings
        warnings.simplefilter('ignore')
        from pydicom import config
        def same(a, b):
            if isinstance(a, list) and isinstance(b, list): return len(a) == len(b) and all(map(same, a, b))
            if isinstance(a, dict) and isinstance(b, dict):
                if 'vr' in a: return a['vr'] == b['vr'] and same(a.get('Value', []), b.get('Value', [])) and a.get('InlineBinary', '') == b.get('InlineBinary', '')
                keys = {k for d in (a, b) for k in d if d[k] not in ('', None)} - {'00080005'}
                return all(k in a and k in b and same(a[k], b[k]) for k in keys)
            if a in (None, '') and b in (None, ''): return True
            if a in (None, '', {}) and b in (None, '', {}): return True
            try: return a == b or abs(float(a) - float(b)) <= 1e-6 * abs(float(b))
            except (TypeError, ValueError): return str(a).rstrip() == str(b).rstrip()
        count = 0
        for line in sys.stdin:
            path, ours = line.rstrip('\n').split('\t')
            ours = json.load(open(ours, encoding='utf-8'))
            try:
                dataset = pydicom.dcmread(path)
                theirs = dataset.to_json_dict(suppress_invalid_tags=True)
            except Exception as e: continue
            if dataset.file_meta.get('TransferSyntaxUID') == '1.2.840.10008.1.2.2': continue # it leaves OW turned round
            count += 1
            for tag, value in theirs.items():
                if tag == '00080005' or tag.endswith('0000'): continue
                if int(tag[3], 16) % 2 and ours.get(tag, {}).get('vr') == 'UN': continue # it knows vendors' private attributes
                if tag not in ours: print(path, tag, 'absent'); continue
                if not same(ours[tag], value): print(path, tag, str(ours[tag])[:150], str(value)[:150])
        print('compared', count)
        """;

    [Fact]
    public void Every_file_becomes_the_JSON_that_pydicom_makes_of_it()
    {
        using var folder = new Network.Folder();
        var list = new StringBuilder();
        foreach (var (path, i) in Shared.Files().Select((path, i) => (path, i)))
            if (Read(path) is { } dataset)
            {
                File.WriteAllText(folder[$"{i}.json"], DicomJson.ConvertDicomToJson(dataset));
                list.Append(path).Append('\t').Append(folder[$"{i}.json"]).Append('\n');
            }

        File.WriteAllText(folder["list"], list.ToString());
        File.WriteAllText(folder["check.py"], Script);
        Tool.Need("bash");
        var (code, output) = Tool.Run("bash", "-c", $"python=/usr/bin/python3; [ -x $python ] || python=python3; $python -c 'import pydicom' || exit 77; $python {folder["check.py"]} < {folder["list"]}");
        Assert.SkipWhen(code == 77, "no python3 with pydicom");
        Assert.True(code == 0, output);
        Assert.True(output.StartsWith("compared ", StringComparison.Ordinal) && output != "compared 0\n", output);
    }

    [Fact]
    public void Every_file_comes_back_from_its_JSON()
    {
        foreach (var path in Shared.Files())
        {
            if (Read(path) is not { } dataset)
                continue;
            var json = DicomJson.ConvertDicomToJson(dataset);
            if (Regex.IsMatch(json, @"""DS"",""Value"":\[[^\]]*[0-9.eE+-]{17}"))
                continue; // longer than DS may be: shortened
            var again = DicomJson.ConvertJsonToDicom(json);

            Assert.Equal(json, DicomJson.ConvertDicomToJson(again));
        }
    }

    [Fact]
    public void Each_kind_of_value_has_its_form()
    {
        var dataset = new DicomDataset()
            .Add(DicomTag.PatientName, "Yamada^Tarou=山田^太郎=やまだ^たろう")
            .Add(DicomTag.ImageType, "ORIGINAL", "", "AXIAL")
            .Add(DicomTag.PixelSpacing, "0.50", "1e-3")
            .Add(DicomTag.NumberOfFrames, "7")
            .Add(DicomTag.Rows, (ushort)512)
            .Add(DicomTag.FrameIncrementPointer, new DicomTag(0x0018, 0x1063))
            .Add(DicomTag.RecommendedDisplayFrameRateInFloat, float.NaN)
            .Add(DicomTag.StudyDate)
            .Add(DicomTag.SegmentSequence, new DicomDataset().Add(DicomTag.SegmentLabel, "a \"b\""))
            .Add(DicomVR.OB, new DicomTag(0x7FE0, 0x0010), [1, 2]);

        Assert.Equal(
            """
            {"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},"00080020":{"vr":"DA"},
            "00089459":{"vr":"FL","Value":["NaN"]},
            "00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"}]},
            "00280008":{"vr":"IS","Value":[7]},"00280009":{"vr":"AT","Value":["00181063"]},"00280010":{"vr":"US","Value":[512]},
            "00280030":{"vr":"DS","Value":[0.50,0.001]},
            "00620002":{"vr":"SQ","Value":[{"00620005":{"vr":"LO","Value":["a \"b\""]}}]},
            "7FE00010":{"vr":"OB","InlineBinary":"AQI="}}
            """.ReplaceLineEndings(""),
            DicomJson.ConvertDicomToJson(dataset));
    }

    [Fact]
    public void Numbers_may_come_as_strings_and_long_ones_are_shortened_to_what_DS_holds()
    {
        var dataset = DicomJson.ConvertJsonToDicom("""{"00280030":{"vr":"DS","Value":["0.5",0.12345678901234567]},"00280010":{"vr":"US","Value":["512"]},"00280008":{"Value":[3]}}""");

        Assert.Equal(@"0.5\0.12345678901235", dataset.GetString(DicomTag.PixelSpacing)[..20]);
        Assert.Equal(512, dataset.GetSingleValue<int>(DicomTag.Rows));
        Assert.Equal(3, dataset.GetSingleValue<int>(DicomTag.NumberOfFrames));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"hello\":{}}")]
    [InlineData("{\"00100010\":3}")]
    [InlineData("{\"00280010\":{\"vr\":\"US\",\"Value\":[70000]}}")]
    [InlineData("{\"00280010\":{\"vr\":\"US\",\"Value\":[{}]}}")]
    [InlineData("{\"7FE00010\":{\"vr\":\"OB\",\"InlineBinary\":\"?\"}}")]
    [InlineData("{\"00100010\":{\"vr\":\"PN\",\"Value\":\"a\"}}")]
    public void What_is_not_in_the_model_is_our_own_error(string json) => Assert.ThrowsAny<DicomException>(() => DicomJson.ConvertJsonToDicom(json));

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var json = string.Concat(Enumerable.Repeat("{\"00620002\":{\"vr\":\"SQ\",\"Value\":[", 10_000));

        Assert.Throws<DicomFileException>(() => DicomJson.ConvertJsonToDicom(json));
    }

    private static DicomDataset? Read(string path)
    {
        try
        {
            return new FileInfo(path).Length < 3_000_000 ? DicomFile.Open(path).Dataset : null;
        }
        catch (DicomException)
        {
            return null;
        }
    }
}
