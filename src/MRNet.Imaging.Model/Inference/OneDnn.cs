using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// Convolution and matrix product with bias and activation in one pass, on weights that oneDNN has laid out for itself.
/// libtorch exports these for models compiled ahead of time (torch/csrc/inductor/aoti_torch/c/shim_cpu.h); an
/// AtenTensorHandle is what TorchSharp keeps in <c>Tensor.Handle</c>.
/// </summary>
internal static unsafe partial class OneDnn
{
    private const string Library = "torch_cpu";
    private const string Convolution = "aoti_torch_cpu_mkldnn__convolution_pointwise";
    private const string ConvolutionAdding = "aoti_torch_cpu_mkldnn__convolution_pointwise_binary";
    private const string Linear = "aoti_torch_cpu__linear_pointwise";

    private static readonly Lazy<bool> available = new(Find);

    private static readonly Lazy<jit.CompilationUnit> packing = new(() => jit.compile(
        """
        def convolution(w, stride: int, padding: int, dilation: int):
            return torch.mkldnn_reorder_conv2d_weight(w.to_mkldnn(), [padding, padding], [stride, stride], [dilation, dilation], 1)

        """));

    /// <summary>Whether this system's libtorch has them: x64 processors under Linux and Windows.</summary>
    public static bool Available => available.Value;

    /// <summary>AVX-512 BF16 or AMX BF16 (CPUID leaf 7); without them oneDNN would convert back and forth, slower than single precision.</summary>
    public static bool ProcessorHasBFloat16 => X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 1).Eax & 1 << 5) != 0 || (X86Base.CpuId(7, 0).Edx & 1 << 22) != 0);

    /// <param name="weight">(O, C, k, k), both counts multiples of 16.</param>
    /// <returns>The same in the order in which oneDNN reads it; only <see cref="Convolve"/> can use it.</returns>
    public static Tensor Pack(Tensor weight, Placement at) =>
        (Tensor)packing.Value.invoke("convolution", weight, at.Stride, at.Padding, at.Dilation);

    /// <param name="x">(B, C, H, W)</param>
    /// <param name="packed">From <see cref="Pack"/>.</param>
    /// <param name="bias">(O)</param>
    /// <returns>(B, O, H', W'), channels last in memory.</returns>
    public static Tensor Convolve(Tensor x, Tensor packed, Tensor bias, Placement at, Activation activation)
    {
        var (b, slope) = (bias.Handle, activation.Slope);
        var slopes = &slope;
        var (stride, padding, dilation) = (new Pair(at.Stride), new Pair(at.Padding), new Pair(at.Dilation));
        Check(Convolution, Native.Convolve(
            x.Handle, packed.Handle, &b, &padding, 2, &stride, 2, &dilation, 2, 1,
            activation.Name, &slopes, activation.HasSlope ? 1 : 0, null, out var y));
        return Owned(y, x, packed, bias);
    }

    /// <summary>ReLU(convolution + <paramref name="other"/>): the end of a residual block.</summary>
    /// <param name="other">(B, O, H', W')</param>
    public static Tensor ConvolveAdding(Tensor x, Tensor other, Tensor packed, Tensor bias, Placement at)
    {
        var b = bias.Handle;
        var (stride, padding, dilation) = (new Pair(at.Stride), new Pair(at.Padding), new Pair(at.Dilation));
        fixed (byte* relu = "relu\0"u8)
        {
            var then = relu;
            Check(ConvolutionAdding, Native.ConvolveAdding(
                x.Handle, other.Handle, packed.Handle, &b, &padding, 2, &stride, 2, &dilation, 2, 1,
                "add", null, &then, null, 0, null, out var y));
            GC.KeepAlive(other);
            return Owned(y, x, packed, bias);
        }
    }

    /// <param name="x">(M, C)</param>
    /// <param name="weight">(O, C)</param>
    /// <param name="bias">(O)</param>
    /// <returns>(M, O)</returns>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor bias, Activation activation)
    {
        var (b, slope) = (bias.Handle, activation.Slope);
        var slopes = &slope;
        Check(Linear, Native.Multiply(x.Handle, weight.Handle, &b, activation.Name, &slopes, activation.HasSlope ? 1 : 0, null, out var y));
        return Owned(y, x, weight, bias);
    }

    private static bool Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || OperatingSystem.IsMacOS())
            return false;

        using (zeros(1)) // loads libtorch
            return NativeLibrary.TryLoad(Library, typeof(OneDnn).Assembly, null, out var library)
                && Array.TrueForAll([Convolution, ConvolutionAdding, Linear], name => NativeLibrary.TryGetExport(library, name, out _));
    }

    private static void Check(string function, int fault)
    {
        if (fault != 0)
            throw new InvalidOperationException($"{function} failed; libtorch wrote the reason to the standard error stream.");
    }

    /// <summary>As a tensor of the current dispose scope. The arguments had to live until the call came back.</summary>
    private static Tensor Owned(IntPtr handle, Tensor x, Tensor weight, Tensor bias)
    {
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return Tensor.UnsafeCreateTensor(handle);
    }

    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Pair(long value)
    {
        private readonly long height = value;
        private readonly long width = value;
    }

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = Convolution, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
        public static partial int Convolve(
            IntPtr x, IntPtr weight, IntPtr* bias, Pair* padding, long paddings, Pair* stride, long strides, Pair* dilation, long dilations, long groups,
            string activation, double** slopes, long slopeCount, byte** algorithm, out IntPtr result);

        [LibraryImport(Library, EntryPoint = ConvolutionAdding, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
        public static partial int ConvolveAdding(
            IntPtr x, IntPtr other, IntPtr weight, IntPtr* bias, Pair* padding, long paddings, Pair* stride, long strides, Pair* dilation, long dilations, long groups,
            string operation, double* alpha, byte** activation, double** slopes, long slopeCount, byte** algorithm, out IntPtr result);

        [LibraryImport(Library, EntryPoint = Linear, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
        public static partial int Multiply(
            IntPtr x, IntPtr weight, IntPtr* bias, string activation, double** slopes, long slopeCount, byte** algorithm, out IntPtr result);
    }
}
