using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.DataSets;

/// <summary>One case as QUBIQ has it.</summary>
internal static class QubiqWriter
{
    public static void Write(MultiRaterCase one, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        NiftiWriter.Write(Path.Combine(folder, "image.nii.gz"), one.ReadImage(cancellation), QubiqAxes.AsStored);
        var masks = one.ReadMasks(cancellation);
        for (var s = 0; s < masks.Structures; s++)
            for (var r = 0; r < masks.Raters; r++)
                if (masks[s, r] is { } mask)
                    NiftiWriter.Write<byte>(Path.Combine(folder, $"task{s + 1:00}_seg{r + 1:00}.nii.gz"), masks.Grid, mask, QubiqAxes.AsStored);
    }
}
