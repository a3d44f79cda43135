using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>Whether slices and settings can be trained with, looked at before the work begins.</summary>
internal static class RunCheck
{
    /// <exception cref="InvalidImageException">A part of the split is empty, or sizes do not fit.</exception>
    public static void Of(SplitSlices parts, TrainingOptions options)
    {
        options.Checked();
        var format = parts.Training.Format;
        if (parts.Training.Slices.Count < 2 || parts.Validation.Slices.Count == 0)
            throw new InvalidImageException($"The split leaves {parts.Training.Slices.Count} pictures for training and {parts.Validation.Slices.Count} for validation; expected at least 2 and 1. Take more patients, other shares or another seed.");
        if (parts.Training.Slices.All(slice => slice.Marked == 0))
            throw new InvalidImageException($"No rater marked anything in the {parts.Training.Slices.Count} pictures for training: there is nothing to learn.");

        var (rows, columns) = options.Window > 0 ? (options.Window, options.Window) : (format.Rows, format.Columns);
        if (!Fits(rows, columns) || rows > format.Rows || columns > format.Columns)
            throw new InvalidImageException($"The window is {columns} x {rows} pixels; expected multiples of {MultiRaterNetwork.SizeStep} within {format.Columns} x {format.Rows}.");
        if (!Fits(format.Rows, format.Columns)) // validation takes them whole
            throw new InvalidImageException($"The network sees {format.Columns} x {format.Rows} pixels; expected multiples of {MultiRaterNetwork.SizeStep}.");
    }

    private static bool Fits(int rows, int columns) => rows % MultiRaterNetwork.SizeStep == 0 && columns % MultiRaterNetwork.SizeStep == 0;
}
