using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Services;

/// <summary>The one place where errors become a status with details: google.rpc.ErrorInfo, and RetryInfo where trying again helps.</summary>
internal sealed partial class ErrorInterceptor(ServerMetrics metrics, ILogger<ErrorInterceptor> log) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        Told(() => continuation(request, context), context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(() => continuation(requestStream, context), context);

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(() => continuation(request, responseStream, context), context);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        Told(() => continuation(requestStream, responseStream, context), context);

    /// <summary>A failure as a client sees it.</summary>
    internal static RpcException Of(JobFailure failure)
    {
        var info = new ErrorInfo { Domain = "mrnet.imaging", Reason = failure.Reason };
        ErrorDetails.Add(info, failure.Message);
        var status = new Google.Rpc.Status { Code = failure.Code, Message = failure.Message, Details = { Any.Pack(info) } };
        if ((StatusCode)failure.Code is StatusCode.ResourceExhausted or StatusCode.Unavailable)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) }));
        return status.ToRpcException();
    }

    private async Task Told(Func<Task> work, ServerCallContext context) => await Told(async () =>
    {
        await work();
        return true;
    }, context);

    private async Task<T> Told<T>(Func<Task<T>> work, ServerCallContext context)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (error is not RpcException)
        {
            if (context.CancellationToken.IsCancellationRequested)
                throw new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, "The call was cancelled."));
            var failure = JobFailures.Of(error);
            metrics.Rejected(failure.Reason);
            if (failure.Code == (int)StatusCode.Internal)
                LogFault(error, context.Method);
            throw Of(failure);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} failed by a fault of the server.")]
    private partial void LogFault(Exception error, string method);
}
