using MRNet.Imaging.Nifti;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class BundledModelTests
{
    /// <summary>One real head in three files that store the same slices in three ways; letters R and L are burnt into it.</summary>
    [Fact]
    public void One_head_has_one_outline_however_its_file_stores_it()
    {
        using var model = LoadedModel.Load(new ModelStore(ModelStore.Bundled).Find("mr-brain"));

        var hung = new[] { "RAS", "LAS", "LPS" }.Select(axes =>
        {
            var volume = NiftiReader.Read(Shared.Data("nifti", "orientation", axes + ".nii.gz"));
            var box = volume.Grid.Whole with { Z = 30, Slices = 6 };
            var maps = new Segmenter(model, TimeProvider.System).Segment(volume, new() { Region = Region.OfVoxels(box) }, null, CancellationToken.None).Maps;
            return Hanging.Of(volume.Grid).Turn<float>(maps.Probability[0], box.Columns, box.Rows);
        }).ToArray();

        Assert.Contains(hung[0], p => p > 0.9);
        foreach (var other in hung[1..])
            Assert.All(hung[0].Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }
}
