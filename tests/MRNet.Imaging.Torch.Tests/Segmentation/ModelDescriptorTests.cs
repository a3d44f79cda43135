using System.Text.Json.Nodes;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class ModelDescriptorTests
{
    private const string Golden =
        """
        {
          "id": "some-model",
          "version": "1.2.0",
          "displayName": "Some model",
          "description": "For tests.",
          "modalities": [
            "CT"
          ],
          "structures": [
            {
              "label": "Nodule 1",
              "category": {
                "value": "49755003",
                "scheme": "SCT",
                "meaning": "Morphologically abnormal structure"
              },
              "type": {
                "value": "27925004",
                "scheme": "SCT",
                "meaning": "Nodule"
              },
              "anatomy": {
                "value": "39607008",
                "scheme": "SCT",
                "meaning": "Lung"
              },
              "color": 16746496
            }
          ],
          "raters": [
            "Rater 1",
            "Rater 2",
            "Rater 3"
          ],
          "network": {
            "raters": 3,
            "structures": 1,
            "channels": 1,
            "width": 4,
            "recurrentSteps": 2,
            "coarseInput": "probability",
            "unbiasedUncertainty": false,
            "attentionKernel": "separable",
            "expertise": "convLstm",
            "reconstruction": true,
            "perception": true,
            "attention": "soft",
            "encoder": "resNet34"
          },
          "preparation": {
            "framing": "window",
            "size": 32,
            "needsRegion": false,
            "range": "values",
            "low": 0,
            "high": 255,
            "mean": [
              0.25
            ],
            "deviation": [
              0.25
            ]
          },
          "threshold": 0.5,
          "temperature": 1,
          "keepLargest": false,
          "trainingData": "None.",
          "trainingCommand": "None.",
          "licence": "MIT",
          "intendedUse": "Research. Not a medical device.",
          "scores": {
            "softDice": 0.5
          }
        }
        """;

    [Theory]
    [InlineData(SlicePlane.Axial, 2, null), InlineData(SlicePlane.Coronal, 2, "The slices are axial; model some-model learned from coronal ones"), InlineData(null, 2, null)]
    [InlineData(SlicePlane.Axial, 1, "The slices are coronal; model some-model learned from axial ones"), InlineData(SlicePlane.Axial, 0, "The slices are sagittal")]
    public void Slices_in_another_plane_than_it_learned_from_are_told_of(SlicePlane? learnt, int normal, string? told)
    {
        var found = new DataFingerprint { Modality = "MR", Channels = 1, Columns = 9, Rows = 9, Slices = 9, SpacingMm = [1, 1, 1], Plane = learnt, Low = 0, High = 1, MarkedShare = 0.1, Mean = [0], Deviation = [1] };
        var model = ModelDescriptor.Parse((Some.Descriptor() with { LearntFrom = found }).ToJson(), "some-model");
        Vector3[] axes = [new(1, 0, 0), new(0, 1, 0), new(0, 0, 1)];
        var grid = new Grid(9, 9, 9) { DirectionX = axes[(normal + 1) % 3], DirectionY = axes[(normal + 2) % 3], DirectionZ = axes[normal] };

        Assert.Equal(told is null, model.DoubtOf(grid) is null);
        Assert.StartsWith(told ?? "", model.DoubtOf(grid) ?? "", StringComparison.Ordinal);
        Assert.Null(model.DoubtOf(Grid.OfPixels(9, 9)));
    }

    /// <summary>Model files in hospitals are not written anew with us: names may be added, not changed.</summary>
    [Fact]
    public void Is_written_as_ever() => Assert.Equal(Golden, Some.Descriptor().ToJson(), ignoreLineEndingDifferences: true);

    [Fact]
    public void What_was_written_ever_is_read()
    {
        var descriptor = ModelDescriptor.Parse(Golden, "m");

        Assert.Equivalent(Some.Descriptor(), descriptor, strict: true);
        Assert.Equal(Golden, descriptor.ToJson(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void An_unknown_property_is_no_fault() => Assert.Equal("some-model", Parse("newInVersion2", "7").Id);

    [Theory]
    [InlineData("raters", """["only one"]""", "names 1 raters; its network has 3")]
    [InlineData("structures", "[]", "names 0 structures; its network has 1")]
    [InlineData("network.width", "5", "Width is 5")]
    [InlineData("network.raters", "1000000", "Raters is 1000000")]
    [InlineData("network.coarseInput", "\"Guess\"", "cannot be read")]
    [InlineData("network.coarseInput", "7", "cannot be read")]
    [InlineData("preparation.framing", "\"Zoom\"", "cannot be read")]
    [InlineData("preparation.framing", "9", "cannot be read")]
    [InlineData("preparation.size", "33", "preparation size is 33")]
    [InlineData("preparation.size", "0", "preparation size is 0")]
    [InlineData("preparation.size", "1048576", "preparation size is 1048576")]
    [InlineData("preparation.mean", "[0, 0]", "2 means and 1 deviations")]
    [InlineData("preparation.deviation", "[0]", "a deviation not above 0")]
    [InlineData("preparation.deviation", "null", "cannot be read")]
    [InlineData("preparation.high", "-5", "intensities from 0 to -5")]
    [InlineData("preparation.high", "1e999", "from 0 to")]
    [InlineData("threshold", "0", "threshold is 0")]
    [InlineData("threshold", "50", "threshold is 50")]
    [InlineData("raters", "null", "cannot be read")]
    [InlineData("raters", """["a", null, "c"]""", "is null")]
    [InlineData("structures", "[null]", "is null")]
    [InlineData("network", "null", "cannot be read")]
    [InlineData("modalities", "7", "cannot be read")]
    public void Refuses_what_does_not_hold_together(string property, string value, string message)
    {
        var error = Assert.Throws<WeightsException>(() => Parse(property, value));

        Assert.Contains(message, error.Message);
        Assert.Contains("the-file", error.Message);
    }

    [Theory]
    [InlineData("id"), InlineData("structures"), InlineData("raters"), InlineData("network"), InlineData("preparation"), InlineData("licence"), InlineData("scores")]
    public void Refuses_what_lacks_a_property(string property)
    {
        var json = JsonNode.Parse(Golden)!.AsObject();
        json.Remove(property);

        Assert.Contains(property, Assert.Throws<WeightsException>(() => ModelDescriptor.Parse(json.ToJsonString(), "the-file")).Message);
    }

    [Theory]
    [InlineData(""), InlineData("null"), InlineData("[]"), InlineData("{"), InlineData("{}")]
    public void Refuses_other_json(string json) => Assert.Throws<WeightsException>(() => ModelDescriptor.Parse(json, "the-file"));

    private static ModelDescriptor Parse(string property, string value)
    {
        var json = JsonNode.Parse(Golden)!;
        var path = property.Split('.');
        var at = path[..^1].Aggregate(json, (node, name) => node[name]!);
        at[path[^1]] = "PUT HERE";
        return ModelDescriptor.Parse(json.ToJsonString().Replace("\"PUT HERE\"", value, StringComparison.Ordinal), "the-file");
    }
}
