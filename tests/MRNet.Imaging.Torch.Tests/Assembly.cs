using MRNet.Imaging.Torch.Tests;

// Torch's number of threads is the process's, and some tests measure the process's memory.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(OneThread))]
