using System.Globalization;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Training;

/// <summary>The course of a run as a table and a picture, written anew after each epoch.</summary>
internal sealed class Curves(string folder)
{
    private int written;

    public void Write(IReadOnlyList<EpochReport> history)
    {
        if (history.Count == written)
            return;
        written = history.Count;

        RunFiles.Write(Path.Combine(folder, "curves.csv"), string.Join('\n', history.Select(Line).Prepend("epoch,loss,validation_soft_dice,validation_calibration_error,seconds")) + "\n");
        LineChart.Write(Path.Combine(folder, "curves.png"),
            new("loss", [.. history.Select(report => report.Loss)], 0xC04000),
            new("validation soft Dice", [.. history.Select(report => report.Validation)], 0x0060C0),
            new("validation calibration error", [.. history.Select(report => report.CalibrationError)], 0x008040));
    }

    private static string Line(EpochReport report) => string.Create(CultureInfo.InvariantCulture,
        $"{report.Epoch},{report.Loss:0.000000},{report.Validation:0.000000},{report.CalibrationError:0.000000},{report.Seconds:0.0}");
}
