using System.Runtime.CompilerServices;
using MRNet.Imaging.Model;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>So many threads inside each torch operation, until disposed.</summary>
internal sealed class Threads : IDisposable
{
    private readonly int before = get_num_threads();

    public Threads(int count) => set_num_threads(count);

    public void Dispose() => set_num_threads(before);
}

/// <summary>Tests run small networks, which threads only slow down; before anything else asks torch for something.</summary>
public sealed class OneThread
{
    public OneThread()
    {
        RuntimeHelpers.RunModuleConstructor(typeof(MultiRaterNetwork).Module.ModuleHandle); // sets how the threads wait, before libtorch is loaded
        set_num_threads(1);
    }
}
