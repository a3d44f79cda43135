using MRNet.Dicom;
using MRNet.Imaging;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.TestData;
using SkiaSharp;

if (args is not [var samples, var output])
{
    Console.Error.WriteLine("usage: dotnet run --project tests/MRNet.Imaging.TestData -- SAMPLES TESTDATA   (SAMPLES holds lidc/, nifti/, fundus/)");
    return 1;
}

var random = new Random(20261124); // the same files each time
Series("ct-nodule", LungNodule.Read(Path.Combine(samples, "lidc", "lidc_4readers.tar.gz")), "Nodule^Lung", "Lung nodule, 9 slices");
Series("mr-head", ObliqueHead.Read(Path.Combine(samples, "nifti", "mr_colin27", "t1.nii.gz")), "Head^Oblique", "Oblique T1 head");
Photograph(Path.Combine(samples, "fundus", "idrid", "IDRiD_02.jpg"), Path.Combine(output, "fundus"));
return 0;

void Series(string name, Volume volume, string patient, string description)
{
    var folder = Path.Combine(output, name);
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
    var options = new WriterOptions { NewUid = () => DicomUID.Generate(random).UID, Time = new FixedTime(), InstallationId = "testdata" };
    var identity = ImageIdentity.Anonymous(options.NewUid) with
    {
        PatientId = "MRNET-" + name.ToUpperInvariant(),
        PatientName = patient,
        StudyDate = "20260101",
        StudyTime = "120000",
        SeriesDescription = description,
    };
    DicomImageWriter.WriteFolder(volume, folder, identity, options);
}

static void Photograph(string source, string folder)
{
    Directory.CreateDirectory(folder);
    using var whole = SKBitmap.Decode(source);
    using var small = whole.Resize(new SKSizeI(whole.Width / 4, whole.Height / 4), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    using var file = File.Create(Path.Combine(folder, "fundus.jpg"));
    small.Encode(file, SKEncodedImageFormat.Jpeg, 85);
}

/// <summary>A clock that stands.</summary>
internal sealed class FixedTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
}
