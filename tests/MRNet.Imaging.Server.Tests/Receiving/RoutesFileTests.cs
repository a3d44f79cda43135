using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Receiving;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Tests.Receiving;

public sealed class RoutesFileTests : IDisposable
{
    private const string Rule = """ "modality": "CT", "model": "ct-lung-nodule", "send": ["archive"] """;

    private readonly TemporaryFolder folder = new();
    private readonly ModelShelf models = new(new ModelStore([.. RunningServer.Options("").Models]), "cpu", TimeProvider.System);
    private readonly ArchiveList archives = new(new Dictionary<string, PacsOptions> { ["archive"] = new() { Address = "ARCHIVE@pacs:104" } });

    public void Dispose()
    {
        models.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_example_in_deploy_is_right()
    {
        var routes = RoutesFile.Read(Path.Combine(Repository.Root, "deploy", "routes.json"), models, archives);

        Assert.Equal(["lung nodules", "photographs of the eye"], routes.Rules.Select(rule => rule.Name));
        Assert.Equal("lung nodules", routes.For(Series())!.Name);
        Assert.Equal("photographs of the eye", routes.For(Series() with { Modality = "OP", Calling = "FUNDUSCAM", Called = "MRNET_EYE" })!.Name);
        Assert.Null(routes.For(Series() with { Modality = "OP" }));
        Assert.Null(routes.For(Series() with { Description = "abdomen" }));
        Assert.Null(routes.For(Series() with { BodyPart = "HEAD" }));
        Assert.Null(routes.For(Series() with { Modality = "SEG" }));
    }

    [Theory]
    [InlineData("nonsense", "routes.json cannot be read: 'nonsense' is an invalid")]
    [InlineData("""{ "rules": [] }""", "routes.json: rules is empty")]
    [InlineData("""{ "rules": null }""", "routes.json cannot be read")]
    [InlineData("""{ "rules": [{ "modality": "CT" }] }""", "missing required properties including: 'model', 'send'")]
    [InlineData("""{ "quiet": 3, "rules": [] }""", "'quiet' could not be mapped")]
    [InlineData("""{ "aeTitle": "A TITLE THAT IS TOO LONG", "rules": [{RULE}] }""", "aeTitle is 'A TITLE THAT IS TOO LONG'; expected 1 to 16 printable characters")]
    [InlineData("""{ "callers": ["CT@nowhere"], "rules": [{RULE}] }""", "callers: 'CT@nowhere' has no address")]
    [InlineData("""{ "quietSeconds": 0, "rules": [{RULE}] }""", "quietSeconds is '0'; expected 1 to 3600.")]
    [InlineData("""{ "rules": [{RULE}, { "modality": "CT", "model": "nothing", "send": ["archive"] }] }""", "rules[1].model is 'nothing'; expected one of ct-lung-nodule")]
    [InlineData("""{ "rules": [{ "modality": "MR", "model": "ct-lung-nodule", "send": ["archive"] }] }""", "rules[0].modality is 'MR'; expected one that the model is for: CT.")]
    [InlineData("""{ "rules": [{ "modality": "CT", "model": "ct-lung-nodule", "send": [] }] }""", "rules[0].send is empty")]
    [InlineData("""{ "rules": [{ "modality": "CT", "model": "ct-lung-nodule", "send": ["elsewhere"] }] }""", "rules[0].send is 'elsewhere'; expected one of archive.")]
    [InlineData("""{ "rules": [{RULE, "description": "("}] }""", "rules[0].description is no regular expression")]
    [InlineData("""{ "rules": [{RULE, "weights": [1, 2]}] }""", "rules[0]: weights has 2 values; expected 4")]
    [InlineData("""{ "rules": [{RULE, "threshold": 2}] }""", "rules[0]: options.threshold is 2")]
    [InlineData("""{ "rules": [{RULE, "region": "the middle"}] }""", "rules[0]: Region is 'the middle'; expected box:x,y,z,columns,rows,slices | ")]
    [InlineData("""{ "rules": [{RULE, "region": "at:1,2,x,4,5,6"}] }""", "rules[0]: Region holds 'x' where a number is wanted")]
    [InlineData("""{ "rules": [{RULE, "region": "box:1,2,3,0,5,6"}] }""", "rules[0]: The region is 0 voxels wide, high or deep; expected 1 or more.")]
    [InlineData("""{ "rules": [{RULE, "outputs": ["NIFTI"]}] }""", "rules[0]: outputs holds 'NIFTI'; expected some of DICOM_SEG")]
    public void What_does_not_fit_is_told_before_anything_listens(string text, string sentence)
    {
        File.WriteAllText(folder["routes.json"], text.Replace("RULE", Rule, StringComparison.Ordinal));

        Assert.Contains(sentence, Assert.Throws<WrongSettingException>(() => RoutesFile.Read(folder["routes.json"], models, archives)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("box:3,2,1,4,3,2")]
    [InlineData("at:4.5,3,1.5,4,3,2")]
    [InlineData("boxmm:-10,-20,30,-6,-16,33")]
    [InlineData("atmm:-8,-18,31.5,4,4,3")]
    public void A_rules_region_is_the_one_that_segment_would_take(string text)
    {
        var grid = new Grid(40, 40, 12) { SpacingMm = new(0.5, 0.75, 2.5), OriginLps = new(-20, -30, 25) };
        var rule = new Rule { Modality = "CT", Model = "ct-lung-nodule", Send = ["archive"], Region = text };

        Assert.Equal(Region.Parse(text).On(grid), Requests.RegionOf(RuleRequest.Of(rule).Options.Region).On(grid));
    }

    [Theory]
    [InlineData("0.0.0.0:11112", null, false)]
    [InlineData("0.0.0.0:11112", "CT", false)]
    [InlineData("0.0.0.0:11112", "CT@10.1.2.3", true)]
    [InlineData("11112", null, true)]
    public void Strangers_are_kept_out(string listen, string? caller, bool isAllowed)
    {
        var routes = new Routes { Callers = caller is null ? null : [caller], Rules = [] };

        if (isAllowed)
            Assert.Equal(11112, NodeRules.Of(new() { Listen = listen }, routes, insecure: false, _ => { }).Port);
        else
            Assert.Contains("from any computer", Assert.Throws<WrongSettingException>(() => NodeRules.Of(new() { Listen = listen }, routes, insecure: false, _ => { })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("10.1.2.3")]
    [InlineData("70000")]
    public void A_place_that_is_none_is_told(string listen) => Assert.Contains(
        $"'{listen}'; expected a port", Assert.Throws<WrongSettingException>(() => NodeRules.Of(new() { Listen = listen }, new() { Rules = [] }, false, _ => { })).Message, StringComparison.Ordinal);

    private static SeriesInfo Series() => new("CT", "Lung nodule follow-up", "CHEST", "CTSCANNER", "MRNET", "10.1.2.3", Some.Noon);
}
