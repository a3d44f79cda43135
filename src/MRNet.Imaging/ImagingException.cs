namespace MRNet.Imaging;

/// <summary>
/// What a caller can do something about. The message is for the person at the screen: it names the field, the value
/// found and the value wanted, and never a patient. Any other exception out of this library is a bug.
/// </summary>
public abstract class ImagingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The input breaks its own format, or does not fit what was asked. gRPC InvalidArgument, exit code 2.</summary>
public sealed class InvalidImageException(string message, Exception? inner = null) : ImagingException(message, inner);

/// <summary>Legal, but not handled. gRPC Unimplemented, exit code 3.</summary>
public sealed class UnsupportedImageException(string message, Exception? inner = null) : ImagingException(message, inner);

/// <summary>Weights are missing, damaged or of another network. gRPC FailedPrecondition, exit code 4.</summary>
public sealed class WeightsException(string message, Exception? inner = null) : ImagingException(message, inner);

/// <summary>The network computed something that is no number; no mask is made of it. gRPC Internal, exit code 4.</summary>
public sealed class NotANumberException(string message, Exception? inner = null) : ImagingException(message, inner);

/// <summary>A limit on memory, disk or queue was reached. gRPC ResourceExhausted, exit code 5.</summary>
public sealed class ResourceLimitException(string message, Exception? inner = null) : ImagingException(message, inner);

/// <summary>A PACS or server refused or is away. gRPC Unavailable, exit code 6.</summary>
public sealed class PeerException(string message, Exception? inner = null) : ImagingException(message, inner);
