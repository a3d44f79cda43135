using MRNet.Dicom;
using MRNet.Dicom.Fuzz;
using SharpFuzz;

// dotnet run -c Release --project tests/MRNet.Dicom.Fuzz -- <all|NAME> MUTANTS [SEED]   the seeded campaign; exit code 1 for a fault
// ... -- afl NAME                        one reader under afl-fuzz, after `sharpfuzz MRNet.Dicom.dll` (SharpFuzz.CommandLine) in the output folder
// ... -- corpus NAME FOLDER              the examples as files, to start afl-fuzz with
// ... -- decode                          decodes frames for a test's ChildProcessCodec
switch (args)
{
    case ["decode"]:
        FrameCodecs.ServeChild(Console.OpenStandardInput(), Console.OpenStandardOutput());
        return 0;
    case ["decode", "--never"]: // one that hangs
        Thread.Sleep(Timeout.Infinite);
        return 0;
    case ["afl", var name]:
        var reader = Targets.All.Single(target => target.Name == name).Seeds[0].Read;
        Fuzzer.OutOfProcess.Run(stream => ReadOrRefuse(reader, stream));
        return 0;
    case ["corpus", var name, var folder]:
        Directory.CreateDirectory(folder);
        foreach (var (seed, i) in Targets.All.Single(target => target.Name == name).Seeds.Select((seed, i) => (seed, i)))
            File.WriteAllBytes(Path.Combine(folder, $"{name}-{i}"), seed.Bytes);
        return 0;
    case [var which, var count, ..] when int.TryParse(count, out var mutants):
        return Run([.. Targets.All.Where(target => which == "all" || target.Name == which)], mutants, args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 1);
    default:
        Console.Error.WriteLine($"Usage: [all|{string.Join('|', Targets.All.Select(target => target.Name))}] MUTANTS [SEED]; afl NAME; corpus NAME FOLDER");
        return 2;
}

static void ReadOrRefuse(Action<byte[]> read, Stream stream)
{
    using var bytes = new MemoryStream();
    stream.CopyTo(bytes);
    try
    {
        read(bytes.ToArray());
    }
    catch (DicomException)
    {
        // wanted
    }
}

static int Run(Target[] targets, int mutants, int seed)
{
    var last = Path.Combine(AppContext.BaseDirectory, "last-mutant");
    FrameCodecs.DecodeInChildren(Environment.ProcessPath!, "decode"); // as mrnet does: the campaign outlives libopenjp2
    var faults = 0;
    Console.WriteLine("| reader | mutants | refused | slowest, ms of processor | most allocated, MB | faults |\n|---|---|---|---|---|---|");
    foreach (var target in targets)
    {
        if (target.Seeds.Count == 0)
        {
            Console.WriteLine($"| {target.Name} | 0: its samples or its library are not here | | | | |");
            continue;
        }

        var found = Campaign.Run(target, mutants, seed, error => error is DicomException, TimeSpan.FromSeconds(2), bytes => File.WriteAllBytes(last, bytes));
        Console.WriteLine($"| {found.Name} | {found.Mutants} | {found.Refused} | {found.Slowest.TotalMilliseconds:0} | {found.MostAllocated / 1e6:0} | {found.Faults.Count} |");
        found.Faults.ToList().ForEach(Console.Error.WriteLine);
        faults += found.Faults.Count;
    }

    File.Delete(last); // stays only when a reader took the process with it
    return faults == 0 ? 0 : 1;
}
