using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Tests.Pictures;

public class ContactSheetTests
{
    [Fact]
    public void Shows_slices_of_the_structure_evenly_chosen()
    {
        var result = Sphere(slices: 40);

        var slices = ContactSheet.Slices(result, 5);

        Assert.Equal(5, slices.Count);
        Assert.All(slices, z => Assert.Contains((byte)1, result.Masks[0].AsSpan((z - result.Maps.Box.Z) * result.Maps.Box.PixelsPerSlice, result.Maps.Box.PixelsPerSlice).ToArray()));
    }

    [Fact]
    public void Shows_the_whole_box_where_nothing_was_found()
    {
        var result = Sphere(slices: 40);
        Array.Clear(result.Masks[0]);

        Assert.Equal([5, 19, 34], ContactSheet.Slices(result, 3));
    }

    [Fact]
    public void The_mask_is_outlined_in_the_colour_of_the_structure()
    {
        var result = Sphere(slices: 40);

        var sheet = ContactSheet.Draw(VolumeOf(result), result, new());

        Assert.Contains(0x00ff40, Pixels(sheet));
        Assert.Contains(ContactSheet.RaterColour(1), Pixels(sheet));
    }

    [Fact]
    public void Text_shows_on_any_machine()
    {
        var canvas = new Canvas(200, 30, 0);

        var end = canvas.Text(2, 2, "Cup 1.5 mL", 0xffffff);

        Assert.Equal(2 + 10 * Canvas.LetterWidth, end);
        Assert.InRange(Pixels(canvas).Count(pixel => pixel != 0), 200, 1000);
    }

    [Fact]
    public void Every_letter_has_dots_of_its_own()
    {
        var shapes = Enumerable.Range('!', 94).Select(letter => string.Concat(
            from y in Enumerable.Range(0, PixelFont.Rows)
            from x in Enumerable.Range(0, PixelFont.Columns)
            select PixelFont.IsSet((char)letter, x, y) ? '#' : '.')).ToArray();

        Assert.All(shapes, shape => Assert.Contains('#', shape));
        Assert.Equal(shapes.Length, shapes.Distinct().Count());
    }

    [Fact]
    public void Is_written_the_same_twice()
    {
        using var folder = new TemporaryFolder();
        var result = Sphere(slices: 20);

        ContactSheet.Write(folder["a.png"], VolumeOf(result), result);
        ContactSheet.Write(folder["b.png"], VolumeOf(result), result);

        Assert.Equal(File.ReadAllBytes(folder["a.png"]), File.ReadAllBytes(folder["b.png"]));
    }

    [Theory]
    [InlineData("axial", 'R', 'L', 'A', 'P')]
    [InlineData("axial, stored from the left and from behind", 'R', 'L', 'A', 'P')]
    [InlineData("axial, rows and columns exchanged", 'R', 'L', 'A', 'P')]
    [InlineData("coronal from the feet", 'R', 'L', 'H', 'F')]
    [InlineData("sagittal", 'A', 'P', 'H', 'F')]
    public void Hangs_slices_as_radiologists_do(string kind, char left, char right, char top, char bottom)
    {
        var (x, y) = kind switch
        {
            "axial" => (new Vector3(1, 0, 0), new Vector3(0, 1, 0)),
            "axial, rows and columns exchanged" => (new(0, 1, 0), new(1, 0, 0)),
            "coronal from the feet" => (new(1, 0, 0), new(0, 0, 1)),
            "sagittal" => (new(0, 1, 0), new(0, 0, -1)),
            _ => (new(-1, 0, 0), new(0, -1, 0)),
        };
        var grid = new Grid(3, 2, 1) { DirectionX = x, DirectionY = y, DirectionZ = x.Cross(y) };
        var view = new SliceView(grid, grid.Whole, 30);

        Assert.Equal(new EdgeLetters(left, right, top, bottom), view.Letters);

        // The voxel farthest to the shown left and top lies in the top left corner.
        float[] slice = [0, 1, 2, 3, 4, 5];
        var shown = (int)view.Nearest<float>(slice)[0];
        var place = grid.ToPatient(shown % 3, shown / 3, 0);
        for (var i = 0; i < 6; i++)
        {
            var other = grid.ToPatient(i % 3, i / 3, 0) - place;
            Assert.All([right, bottom], letter => Assert.True(Towards(other, letter) >= 0));
        }
    }

    [Fact]
    public void Lung_and_soft_tissue_have_their_own_windows()
    {
        var grid = new Grid(4, 4, 4);
        Volume Ct(float value) => new(grid, [.. Enumerable.Repeat(value, 64)]) { Modality = "CT" };

        Assert.Equal(DisplayWindow.Lung, DisplayWindow.Of(Ct(-800), grid.Whole));
        Assert.Equal(DisplayWindow.SoftTissue, DisplayWindow.Of(Ct(40), grid.Whole));
        Assert.Equal(new DisplayWindow(7, 8), DisplayWindow.Of(new(grid, [.. Enumerable.Repeat(7f, 64)]), grid.Whole));
    }

    private static double Towards(Vector3 lps, char letter) => letter switch
    {
        'L' => lps.X,
        'P' => lps.Y,
        _ => -lps.Z,
    };

    private static IEnumerable<int> Pixels(Canvas canvas) =>
        from y in Enumerable.Range(0, canvas.Height)
        from x in Enumerable.Range(0, canvas.Width)
        select canvas[x, y];

    private static Volume VolumeOf(SegmentationResult result) => Some.Volume(result.Maps.Grid);

    /// <summary>A ball that three raters draw larger and smaller.</summary>
    internal static SegmentationResult Sphere(int slices)
    {
        var grid = new Grid(48, 40, slices) { SpacingMm = new(0.7, 0.7, 1.5), OriginLps = new(-30, -20, 100) };
        var box = new VoxelBox(6, 4, 5, 36, 32, slices - 10);
        var maps = new RaterMaps(grid, box, ["nodule"], ["anna", "ben", "carl"]);
        var mask = new byte[box.Count];

        for (var i = 0; i < mask.Length; i++)
        {
            var (x, y, z) = (i % box.Columns - 18, i / box.Columns % box.Rows - 16, i / box.PixelsPerSlice - box.Slices / 2);
            var radius = Math.Sqrt(x * x + y * y + 4 * z * z);
            for (var rater = 0; rater < 3; rater++)
                maps.RaterProbability[rater][0][i] = (float)(1 / (1 + Math.Exp(radius - 8 - 2 * rater + 0.3 * rater * x)));
            var p = maps.RaterProbability.Select(map => (double)map[0][i]).ToArray();
            maps.Probability[0][i] = (float)p.Average();
            maps.Uncertainty[0][i] = (float)Math.Sqrt(p.Average(v => v * v) - p.Average() * p.Average());
            mask[i] = maps.Probability[0][i] >= 0.5f ? (byte)1 : (byte)0;
        }

        return new()
        {
            Maps = maps,
            Masks = [mask],
            Structures = [new() { Label = "Nodule", Category = new("49755003", "SCT", "Morphologically Altered Structure"), Type = new("27925004", "SCT", "Nodule"), Color = 0x00ff40 }],
            Measurements = [new("Nodule", mask.Count(v => v == 1), mask.Count(v => v == 1) * grid.VoxelVolumeMm3 / 1000, [1.21, 1.87, 2.44], 0.12, 0.43)],
            Provenance = new()
            {
                ModelId = "lung-nodule",
                ModelVersion = "1.0",
                WeightsSha256 = new('0', 64),
                Raters = maps.Raters,
                Expertness = [0.33f, 0.33f, 0.34f],
                ExpertnessIsUsers = false,
                Threshold = 0.5,
                Preparation = "crop 128 at 0.7 mm",
                Device = "cpu",
                SoftwareVersion = "0.1.0",
                Created = new(2021, 6, 19, 12, 0, 0, TimeSpan.FromHours(2)),
                Seconds = 1.5,
            },
        };
    }
}
