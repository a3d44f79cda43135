namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>Tests of traces, which all servers of a process give to every collector that one of them names. They run while no other server does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
