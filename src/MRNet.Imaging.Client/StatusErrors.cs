using System.Security.Authentication;
using Google.Rpc;
using Grpc.Core;

namespace MRNet.Imaging.Client;

/// <summary>A status of the wire as the exception it was on the other side.</summary>
internal static class StatusErrors
{
    private const long Http11Required = 0xd; // RFC 9113 section 7

    public static Exception Of(RpcException error, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested && error.StatusCode is StatusCode.Cancelled or StatusCode.Unavailable)
            return new OperationCanceledException(cancellation);
        var (said, reason) = (error.Status.Detail, Info(error)?.Reason ?? "");
        return error.StatusCode switch
        {
            StatusCode.Cancelled => new OperationCanceledException("The job was cancelled on the server, or a later question took its place.", error, cancellation),
            StatusCode.NotFound when reason == "UNKNOWN_MODEL" => new WeightsException(said, error),
            StatusCode.FailedPrecondition when reason == "NOT_READY" => new PeerException(said, error),
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.Aborted => new InvalidImageException(said, error),
            StatusCode.Unimplemented when reason.Length > 0 => new UnsupportedImageException(said, error),
            StatusCode.Internal when reason == "NOT_A_NUMBER" => new NotANumberException(said, error),
            StatusCode.FailedPrecondition => new WeightsException(said, error),
            StatusCode.ResourceExhausted => new ResourceLimitException(said, error),
            _ => new PeerException(Peer(error, reason), error),
        };
    }

    /// <summary>The server is away, or the connection broke: the call may be made again if it does no harm twice.</summary>
    public static bool IsAway(RpcException error) => error.StatusCode == StatusCode.Unavailable || IsCut(error);

    /// <summary>Reason, and in its metadata field, found and wanted; null from a server that is none of ours.</summary>
    public static ErrorInfo? Info(RpcException error)
    {
        try
        {
            return error.GetRpcStatus()?.GetDetail<ErrorInfo>();
        }
        catch (Exception broken) when (broken is Google.Protobuf.InvalidProtocolBufferException or FormatException)
        {
            return null;
        }
    }

    private static string Peer(RpcException error, string reason) => error.StatusCode switch
    {
        _ when Holds<AuthenticationException>(error.Status.DebugException) => "The server's certificate is not trusted; give the authority that vouches for it (--ca), or mend the address.",
        StatusCode.Unauthenticated => $"The server wants an account: {error.Status.Detail} Set MRNET_TOKEN, or give --token-file or --client-cert.",
        StatusCode.PermissionDenied => $"The server does not allow it: {error.Status.Detail}",
        _ when IsClosedAtOnce(error) =>
            "The server ended the connection before anything was asked: it does not accept the client certificate (--client-cert) or wants one, or it speaks TLS and the address should begin with https://.",
        _ when IsCut(error) => "The connection ended in the middle of the call; ask again.",
        StatusCode.Unavailable when reason.Length == 0 => "The server cannot be reached: is it running, and is the address right?",
        StatusCode.Internal or StatusCode.Unimplemented or StatusCode.Unknown when reason.Length == 0 && error.Status.DebugException is HttpRequestException =>
            "What answers at this address speaks no gRPC; expected the server's gRPC port (http://), or https:// for one with TLS.",
        _ => $"The server answered {error.StatusCode}: {error.Status.Detail}",
    };

    /// <summary>HTTP/2 never began: the answer to its greeting was the end of the connection, or that was gone already; .NET says so in three ways.</summary>
    private static bool IsClosedAtOnce(RpcException error) => error switch
    {
        { StatusCode: StatusCode.Internal, Status.DebugException: HttpRequestException { InnerException: null } } => true,
        { StatusCode: StatusCode.Unavailable, Status.DebugException: HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } } => true,
        { StatusCode: StatusCode.Unavailable } => Holds<ObjectDisposedException>(error.Status.DebugException),
        _ => false,
    };

    /// <summary>HTTP/2 had begun and then ended: the server died, the wire broke, or a refusal crossed with what was being sent.</summary>
    private static bool IsCut(RpcException error) => error.StatusCode is StatusCode.Internal or StatusCode.Unavailable &&
        error.Status.DebugException is IOException or HttpRequestException { InnerException: IOException and not HttpProtocolException { ErrorCode: Http11Required } };

    private static bool Holds<T>(Exception? error) => error is not null && (error is T || Holds<T>(error.InnerException));
}
