using System.Runtime.CompilerServices;
using MRNet.Imaging.Benchmarks;
using MRNet.Imaging.Benchmarks.Serving;
using MRNet.Imaging.Model;

RuntimeHelpers.RunModuleConstructor(typeof(MultiRaterNetwork).Module.ModuleHandle); // sets how libtorch's threads wait, before libtorch is loaded

// One file for each benchmark; a new one gets a line here. Results that count go into baseline.md, with machine and load.
var benchmarks = new Dictionary<string, Action<string[]>>
{
    ["network"] = NetworkBenchmark.Run,
    ["training"] = TrainingBenchmark.Run,
    ["dicom"] = DicomBenchmark.Run,
    ["sending"] = SendingBenchmark.Run,
    ["objects"] = ObjectsBenchmark.Run,
    ["segment"] = SegmentBenchmark.Run,
    ["scores"] = ScoresBenchmark.Run,
    ["series"] = SeriesBenchmark.Run,
    ["clients"] = ClientsBenchmark.Run,
    ["reweight"] = ReweightBenchmark.Run,
    ["preparation"] = PreparationBenchmark.Run,
    ["memory"] = MemoryBenchmark.Run,
    ["server"] = ServerBenchmark.Run,
    ["scale"] = ScaleBenchmark.Run,
};

if (args is not [var name, .. var rest] || !benchmarks.TryGetValue(name, out var run))
{
    Console.Error.WriteLine($"Usage: dotnet run -c Release --project tests/MRNet.Imaging.Benchmarks -- <{string.Join('|', benchmarks.Keys)}> [arguments]");
    return 1;
}

run(rest);
return 0;
