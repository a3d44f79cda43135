using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Training;
using TorchSharp;
torch.set_num_threads(2);
var data = CropArchive.Read(args[0]);
var split = new PatientSplit();
var options = new TrainingOptions { Window = 96, LearningRate = 3e-4, CosineDecay = true, Epochs = int.Parse(args[2]) };
var network = NetworkOptions.Paper(4, 1, 1, 16);
var run = new TrainingRun(data, split, network, options, args[1]);
if (args.Length > 3)
{
    var unet = MajorityVoteBaseline.Train(data.Where(s => split.Of(s.Patient) == SplitPart.Training), network, options, new P(), default);
    NetworkWeights.Save(unet, args[3]);
    Console.WriteLine(MajorityVoteBaseline.Score(data.Where(s => split.Of(s.Patient) == SplitPart.Test), unet, default));
    return;
}
run.Run(new P(), TimeProvider.System, default);

internal sealed class P : IProgress<TrainingProgress>
{
    private int n;
    private double? last;
    public void Report(TrainingProgress p) { if (n++ % 50 == 0 || p.Validation != last) Console.WriteLine(System.FormattableString.Invariant($"{System.DateTime.Now:HH:mm:ss} epoch {p.Epoch} {p.Share:0.0000} loss {p.Loss:0.0000} val {p.Validation:0.0000}")); last = p.Validation; }
}
