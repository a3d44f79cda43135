using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Torch.Tests.Training.Methods;

public class OnDeviceTests
{
    [Fact]
    public void What_is_given_goes_to_the_device()
    {
        using var method = new Watched();
        using var onDevice = new OnDevice(method, new Device(DeviceType.META));
        using var batch = new Batch(zeros(1, 1, 8, 8), zeros([1, 2, 1, 8, 8]), ones(1, 2, 1));
        using var weights = ones(1, 2);

        onDevice.Loss(batch, weights).Dispose();
        using var answer = onDevice.Predict(batch.Images, weights);

        Assert.Equal(Enumerable.Repeat(DeviceType.META, 6), method.Seen);
        Assert.Equal(DeviceType.CPU, answer.device_type);
        Assert.Equal(DeviceType.CPU, batch.Images.device_type); // the batch itself stays
    }

    [Fact]
    public void On_the_cpu_it_is_the_method_itself()
    {
        var method = new Watched();

        Assert.Same(method, OnDevice.Of(() => method, "cpu"));
    }

    [Fact]
    public void A_device_that_is_not_there_is_said_before_anything_is_made()
    {
        Assert.SkipWhen(cuda.is_available(), "This machine has a GPU.");

        Assert.Throws<ResourceLimitException>(() => OnDevice.Of(() => throw new InvalidOperationException("made"), "cuda"));
    }

    [Fact]
    public void Keeps_no_tensor()
    {
        using var method = new Watched();
        using var onDevice = new OnDevice(method, new Device(DeviceType.META));
        using var images = zeros(1, 1, 8, 8);
        using var weights = ones(1, 2);
        onDevice.Predict(images, weights).Dispose();
        using var scope = NewDisposeScope();

        onDevice.Predict(images, weights);

        Assert.Equal(1, scope.DisposablesCount);
    }

    private sealed class Watched : ISegmentationMethod
    {
        public List<DeviceType> Seen { get; } = [];

        public nn.Module Network { get; } = nn.Identity();

        public Tensor Loss(Batch batch, Tensor expertness)
        {
            Seen.AddRange([batch.Images.device_type, batch.Masks.device_type, batch.Present.device_type, expertness.device_type]);
            return zeros(1);
        }

        public Tensor Predict(Tensor images, Tensor expertness)
        {
            Seen.AddRange([images.device_type, expertness.device_type]);
            return zeros(1, 1, 8, 8);
        }

        public void Dispose() => Network.Dispose();
    }
}
