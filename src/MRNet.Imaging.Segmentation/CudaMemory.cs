using System.Runtime.InteropServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>Memory of a CUDA device, as its driver says. Not measured: no machine with a GPU was at hand.</summary>
internal static unsafe class CudaMemory
{
    private static readonly nint Driver = NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1", out var driver) ? driver : 0;

    /// <param name="device">Its number; torch has loaded something there, so that the context is there and costs nothing more.</param>
    /// <returns>Bytes, of all processes; null where the driver does not say.</returns>
    public static (long Free, long Total)? Of(int device)
    {
        int handle;
        nint context;
        if (Call("cuInit", out var init) && ((delegate* unmanaged<uint, int>)init)(0) == 0
            && Call("cuDeviceGet", out var get) && ((delegate* unmanaged<int*, int, int>)get)(&handle, device) == 0
            && Call("cuDevicePrimaryCtxRetain", out var retain) && ((delegate* unmanaged<nint*, int, int>)retain)(&context, handle) == 0)
            try
            {
                return Ask(context);
            }
            finally
            {
                if (Call("cuDevicePrimaryCtxRelease_v2", out var release))
                    ((delegate* unmanaged<int, int>)release)(handle);
            }

        return null;
    }

    /// <summary>The driver answers for the context that is current on the thread.</summary>
    private static (long Free, long Total)? Ask(nint context)
    {
        if (!Call("cuMemGetInfo_v2", out var ask) || !Call("cuCtxPopCurrent_v2", out var pop)
            || !Call("cuCtxPushCurrent_v2", out var push) || ((delegate* unmanaged<nint, int>)push)(context) != 0)
            return null;
        nuint free, total;
        var answer = ((delegate* unmanaged<nuint*, nuint*, int>)ask)(&free, &total);
        ((delegate* unmanaged<nint*, int>)pop)(&context);
        return answer == 0 ? ((long)free, (long)total) : null;
    }

    private static bool Call(string name, out nint function)
    {
        function = 0;
        return Driver != 0 && NativeLibrary.TryGetExport(Driver, name, out function);
    }
}
