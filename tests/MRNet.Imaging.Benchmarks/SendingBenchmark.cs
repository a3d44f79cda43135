using System.Diagnostics;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.Benchmarks;

/// <summary>300 CT files of 512 x 512 by C-STORE over loopback to our own listener in this process: in small units as DCMTK takes them and in large ones, with and without each object forced to the disk.</summary>
internal static class SendingBenchmark
{
    public static void Run(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}");
            DicomBenchmark.Write(folder, args is [var count] ? int.Parse(count) : 300);
            OutgoingObject[] objects = [.. Directory.GetFiles(folder).Select(OutgoingObject.FromFile)];
            Console.WriteLine("| units | to disk | ms, median of 5 | CPU ms | MB allocated |\n|---|---|---|---|---|");
            foreach (var (pdu, flush) in new[] { (16384, false), (256 * 1024, false), (256 * 1024, true) })
            {
                var rounds = Enumerable.Range(0, 6).Select(_ => OnceAsync(objects, folder + "-in", pdu, flush).GetAwaiter().GetResult()).Skip(1).OrderBy(round => round.Ms).ToArray();
                Console.WriteLine(FormattableString.Invariant($"| {pdu / 1024} KiB | {(flush ? "each" : "no")} | {rounds[2].Ms:0} | {rounds[2].Cpu:0} | {rounds[2].Allocated / 1e6:0} |"));
            }

            Console.WriteLine($"load after {Machine.Load()}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Ms, double Cpu, long Allocated)> OnceAsync(OutgoingObject[] objects, string into, int pdu, bool flush)
    {
        Directory.CreateDirectory(into);
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0, MaximumPdu = pdu, Flush = flush }, new FolderSink(into));
        var (watch, cpu, allocated, stored) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(), 0);
        await foreach (var result in DicomSender.SendAsync(new("NODE", "127.0.0.1", listener.Port), objects))
            stored += result.Status.IsStored ? 1 : 0;
        var took = (watch.Elapsed.TotalMilliseconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMilliseconds, GC.GetTotalAllocatedBytes() - allocated);
        if (stored != objects.Length)
            throw new InvalidOperationException($"{stored} of {objects.Length} were stored.");
        Directory.Delete(into, recursive: true);
        return took;
    }
}
