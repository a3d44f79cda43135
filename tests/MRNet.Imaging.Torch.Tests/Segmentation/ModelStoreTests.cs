using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class ModelStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MultiRaterNetwork network = new(Some.Options());

    private ModelStore Store => new(folder[""], folder["not there"]);

    public void Dispose()
    {
        network.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Lists_models_by_id()
    {
        Put("b-model");
        Put("a-model");

        Assert.Equal(["a-model", "b-model"], Store.List().Select(model => model.Descriptor.Id));
        Assert.Equal(folder["b-model.safetensors"], Store.Find("b-model").Path);
        Assert.Equal("a-model", Store.Find(folder["a-model.safetensors"]).Descriptor.Id);
    }

    [Fact]
    public void The_first_folder_counts()
    {
        Put("a-model");
        using var later = new TemporaryFolder();
        Some.Model(later, network, Some.Descriptor(id: "a-model"));

        var found = new ModelStore(later[""], folder[""]).List();

        Assert.Equal(later["a-model.safetensors"], Assert.Single(found).Path);
    }

    [Fact]
    public void A_damaged_file_is_reported_and_the_others_are_there()
    {
        Put("good");
        File.WriteAllText(folder["damaged.safetensors"], "what is this");
        NetworkWeights.Save(network, folder["bare.safetensors"]);
        NetworkWeights.Save(network, folder["half.safetensors"], new Dictionary<string, string> { ["mrnet"] = """{"id":"half"}""" });
        File.WriteAllText(folder["notes.txt"], "not a model");

        var faults = new List<string>();
        var models = Store.List(faults);

        Assert.Equal("good", Assert.Single(models).Descriptor.Id);
        Assert.Equal(3, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("bare.safetensors has no 'mrnet' in its metadata", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("damaged.safetensors claims a header", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("model descriptor of half.safetensors cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_model_names_those_there_are()
    {
        Assert.Contains("there are: none", Refused(() => Store.Find("x")));
        Put("a-model");

        Assert.Contains("no model 'x'; there are: a-model (CT).", Refused(() => Store.Find("x")));
        Assert.Contains("x.safetensors", Refused(() => Store.Find(folder["x.safetensors"])));
    }

    [Fact]
    public void Finds_the_model_for_an_image()
    {
        Put("ct");
        Put("mr", modality: "MR");
        Put("photo", modality: "OP", channels: 3);

        Assert.Equal("ct", Store.For("CT", channels: 1).Descriptor.Id);
        Assert.Equal("mr", Store.For("MR", channels: 1).Descriptor.Id);
        Assert.Equal("photo", Store.For("", channels: 3).Descriptor.Id);
    }

    [Fact]
    public void Says_when_none_or_several_fit()
    {
        Put("ct");
        Put("mr", modality: "MR");

        Assert.Contains("No model is for OP with 3 channels; there are: ct (CT), mr (MR).", Refused(() => Store.For("OP", channels: 3)));
        Assert.Contains("Several models are for an image of unknown modality with 1 channel: ct (CT), mr (MR).", Refused(() => Store.For("", channels: 1)));
    }

    private static string Refused(Action find) => Assert.Throws<WeightsException>(find).Message;

    private void Put(string id, string modality = "CT", int channels = 1) =>
        Some.Model(folder, network, Some.Descriptor(Some.Options(channels: channels), id: id) with { Modalities = [modality] });
}
