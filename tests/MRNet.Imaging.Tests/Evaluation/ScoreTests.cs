using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class ScoreTests
{
    [Fact]
    public void Overlap_by_hand()
    {
        byte[] a = [1, 1, 1, 0];
        byte[] b = [0, 1, 255, 1];

        Assert.Equal(4.0 / 6, Overlap.Dice(a, b));
        Assert.Equal(2.0 / 4, Overlap.Iou(a, b));
        Assert.Equal(1, Overlap.Dice(new byte[3], new byte[3]));
        Assert.Equal(0, Overlap.Iou(new byte[3], new byte[3], bothEmpty: 0));
        Assert.Throws<ArgumentException>(() => Overlap.Dice(new byte[3], new byte[4]));
    }

    [Fact]
    public void Brier_by_hand() => Assert.Equal((0.01 + 0.25 + 0) / 3, Calibration.Brier([0.9f, 0.5f, 0], [1, 0, 0]), 1e-6);

    [Fact]
    public void Ece_by_hand()
    {
        // two bins: {0.2, 0.4} with shares 0 and 1, {0.5, 1} with shares 0.5 and 1
        var ece = Calibration.Ece([0.2f, 0.4f, 0.5f, 1], [0, 1, 0.5f, 1], bins: 2);

        Assert.Equal(0.5 * 0.2 + 0.5 * 0, ece, 1e-6);
    }

    [Fact]
    public void Bins_hold_every_voxel()
    {
        var bins = Calibration.Bins([0, 0.1f, 0.999f, 1], [0, 0, 1, 1], bins: 10);

        Assert.Equal([1, 1, 0, 0, 0, 0, 0, 0, 0, 2], bins.Select(bin => bin.Count));
    }

    [Fact]
    public void Refuses_nothing_and_NaN()
    {
        Assert.Throws<ArgumentException>(() => Calibration.Ece([], []));
        Assert.Throws<ArgumentException>(() => Calibration.Brier([float.NaN], [0]));
    }
}
