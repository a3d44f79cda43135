namespace MRNet.Imaging.Training;

/// <summary>Codes and colours for structures of which the data set only says the name; the configuration can say better.</summary>
internal static class DefaultStructures
{
    private static readonly int[] Colours = [0xFFA500, 0x00BFFF, 0x7CFC00, 0xFF69B4, 0xFFD700, 0x9370DB];

    public static Structure Of(string name, int index) => new()
    {
        Label = name.Length <= 64 ? name : name[..64],
        Category = new("85756007", "SCT", "Tissue"),
        Type = new("85756007", "SCT", "Tissue"),
        Color = Colours[index % Colours.Length],
    };
}
