namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>
/// Tests of what OpenTelemetry gives out. They run while no other server does: it knows instruments by their names, and lets go
/// of them for all servers of a process when one stops.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
