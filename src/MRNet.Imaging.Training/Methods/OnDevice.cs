namespace MRNet.Imaging.Training.Methods;

/// <summary>A method that computes on a GPU: what it is given goes there, what it answers comes back, and nothing else need know.</summary>
/// <param name="method">Taken over; its network is on the device already.</param>
internal sealed class OnDevice(ISegmentationMethod method, Device device) : ISegmentationMethod
{
    public Module Network => method.Network;

    /// <param name="device">cpu, cuda or cuda:1.</param>
    /// <returns>On the CPU the method itself.</returns>
    /// <exception cref="ResourceLimitException">There is no such device.</exception>
    public static ISegmentationMethod Of(Func<ISegmentationMethod> make, string device)
    {
        Segmentation.ComputePath.CheckDevice(device);
        var method = make();
        if (device == "cpu")
            return method;
        method.Network.to(new Device(device));
        return new OnDevice(method, new Device(device));
    }

    public Tensor Loss(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return method.Loss(new(batch.Images.to(device), batch.Masks.to(device), batch.Present.to(device)), expertness.to(device)).MoveToOuterDisposeScope();
    }

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return method.Predict(images.to(device), expertness.to(device)).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose() => method.Dispose();
}
