using Grpc.Core;
using Microsoft.Data.Sqlite;
using MRNet.Dicom;
using MRNet.Imaging.Server.Models;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>The one place where errors become what a client is told: code, reason and a sentence (DESIGN section 4).</summary>
internal static class JobFailures
{
    /// <summary>The reason when the server's own disk is at fault.</summary>
    public const string Disk = "DISK";

    public static JobFailure Of(Exception error) => error switch
    {
        _ when IsOfDisk(error) => New(StatusCode.ResourceExhausted, Disk, "The server's disk is full or broken; try again later, and tell the administrator."),
        InvalidImageException => New(StatusCode.InvalidArgument, "INVALID_IMAGE", error.Message),
        UnsupportedImageException => New(StatusCode.Unimplemented, "UNSUPPORTED_IMAGE", error.Message),
        WeightsException => New(StatusCode.FailedPrecondition, "MODEL_NOT_USABLE", error.Message),
        NotANumberException => New(StatusCode.Internal, "NOT_A_NUMBER", error.Message),
        ResourceLimitException => New(StatusCode.ResourceExhausted, "LIMIT_REACHED", error.Message),
        PeerException => New(StatusCode.Unavailable, "PEER_AWAY", error.Message),
        JobExistsException => New(StatusCode.AlreadyExists, "KEY_IN_USE", error.Message),
        UnknownModelException => New(StatusCode.NotFound, "UNKNOWN_MODEL", error.Message),
        NotHereException => New(StatusCode.NotFound, "NOT_FOUND", error.Message),
        NotReadyException => New(StatusCode.FailedPrecondition, "NOT_READY", error.Message),
        NotAllowedException => New(StatusCode.PermissionDenied, "NO_RIGHT", error.Message),
        OutOfMemoryException => New(StatusCode.ResourceExhausted, "MEMORY", "The server has not enough memory for this image; ask for a region."),
        OperationCanceledException => New(StatusCode.Cancelled, "CANCELLED", "The call was cancelled."),
        _ => New(StatusCode.Internal, "FAULT", "The server made a mistake; its log has the details under this job's id."),
    };

    /// <summary>Also by a writer of files, whose own words name a path of the server.</summary>
    private static bool IsOfDisk(Exception? error) =>
        error is IOException or UnauthorizedAccessException or SqliteException || (error is ResourceLimitException or DicomException && IsOfDisk(error.InnerException));

    private static JobFailure New(StatusCode code, string reason, string message) => new((int)code, reason, message);
}

/// <summary>No such job, session or upload, or another caller's: gRPC NotFound.</summary>
internal sealed class NotHereException(string message) : Exception(message);

/// <summary>Asked at the wrong time: gRPC FailedPrecondition.</summary>
internal sealed class NotReadyException(string message) : Exception(message);

/// <summary>The caller's role does not allow it: gRPC PermissionDenied.</summary>
internal sealed class NotAllowedException(string message) : Exception(message);
