using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>What a job says of itself, as events.</summary>
internal sealed class JobReports(string jobId, Action<Event> report) : IProgress<SegmentationProgress>, IProgress<float>
{
    public void Stage(Stage stage, int done = 0, int total = 0) =>
        report(new Event { JobId = jobId, Progress = new Progress { Stage = stage, Done = (uint)done, Total = (uint)total } });

    public void Warn(string reason, string message) => report(new Event { JobId = jobId, Warning = new Warning { Reason = reason, Message = message } });

    void IProgress<SegmentationProgress>.Report(SegmentationProgress value) => Stage(Protocol.V1.Stage.Running, value.Slices, value.Of);

    void IProgress<float>.Report(float value) => Stage(Protocol.V1.Stage.Decoding, (int)(value * 100), 100);
}
