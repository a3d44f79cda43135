using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;
using MRNet.Imaging.Model.Weights;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>Whether a network computed numbers: a sigmoid would make a mask of infinite ones too.</summary>
internal static class FiniteNumbers
{
    /// <summary>Looks at the logits; only where they are no numbers, at what came before them.</summary>
    /// <param name="maps">Of the encoder.</param>
    /// <param name="coarse">Logits of the coarse prediction, the only ones of a preview.</param>
    /// <param name="output">The rest; null for a preview.</param>
    /// <exception cref="NotANumberException">Some are infinite or none; it says from which layer on.</exception>
    public static void Check(LoadedModel model, IReadOnlyList<torch.Tensor> maps, torch.Tensor coarse, NetworkOutput? output)
    {
        using var scope = torch.NewDisposeScope();
        var sum = output is null ? coarse.sum() : coarse.sum().Plus(output.Raters.sum()).Plus(output.Refined.sum()); // one number that is none when any of them is
        if (float.IsFinite(sum.item<float>()))
            return;

        var first = Layers(maps, coarse, output).FirstOrDefault(layer => !AreNumbers(layer.Values)).Name ?? "the sum of the outputs";
        throw new NotANumberException($"{first} of model {model.Descriptor.Id} computed something that is no number{Weights(model)}; expected finite ones. No mask is made of it: use another model.");
    }

    private static IEnumerable<(string Name, torch.Tensor Values)> Layers(IReadOnlyList<torch.Tensor> maps, torch.Tensor coarse, NetworkOutput? output)
    {
        for (var level = 0; level < maps.Count; level++)
            yield return ($"Level {level + 1} of the encoder", maps[level]);
        yield return ("The coarse U-Net", coarse);
        if (output is null)
            yield break;
        yield return ("The reconstruction module (MRM)", output.Raters);
        yield return ("The perception module (MPM)", output.Refined);
    }

    /// <summary>Which weights are to blame, where they are; the file is read again.</summary>
    private static string Weights(LoadedModel model)
    {
        using var file = SafetensorsFile.Open(model.Path);
        var bad = file.Names.FirstOrDefault(name =>
        {
            using var tensor = file.Read(name);
            return tensor.is_floating_point() && !AreNumbers(tensor);
        });
        return bad is null ? "" : $" (its weights {bad} hold what is none)";
    }

    private static bool AreNumbers(torch.Tensor values)
    {
        using var scope = torch.NewDisposeScope();
        return values.isfinite().all().item<bool>();
    }
}
