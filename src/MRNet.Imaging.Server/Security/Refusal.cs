using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Security;

/// <summary>A call refused before it came to a service, in the words of who called: gRPC, or HTTP.</summary>
internal static class Refusal
{
    public static Task WriteAsync(HttpContext context, JobFailure why)
    {
        context.RequestServices.GetRequiredService<ServerMetrics>().Rejected(why.Reason);
        return context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true ? WriteGrpc(context, why) : WriteHttpAsync(context, why);
    }

    /// <summary>A status alone, with the same details as the services' own.</summary>
    private static Task WriteGrpc(HttpContext context, JobFailure why)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = context.Request.ContentType;
        headers["grpc-status"] = why.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        headers["grpc-message"] = Uri.EscapeDataString(why.Message);
        foreach (var detail in ErrorInterceptor.Of(why).Trailers)
            headers[detail.Key] = detail.IsBinary ? Convert.ToBase64String(detail.ValueBytes) : detail.Value;
        return Task.CompletedTask;
    }

    private static Task WriteHttpAsync(HttpContext context, JobFailure why)
    {
        context.Response.StatusCode = (StatusCode)why.Code switch
        {
            StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
            StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
            StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsJsonAsync(new { reason = why.Reason, message = why.Message });
    }
}

/// <summary>Callers without an account, or without the right that a call asks for.</summary>
internal sealed class RefusedCalls(AuditTrail audit) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
            return next(context);
        if (Caller.Of(context.User) is not { } caller)
            return Refusal.WriteAsync(context, new((int)StatusCode.Unauthenticated, "NO_CREDENTIALS", "This server serves accounts only; send 'authorization: Bearer' with a key ('mrnet keys add' makes one) or token, or sign in at /sign-in in a browser."));
        audit.Refused(caller, Caller.AddressOf(context), (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "");
        return Refusal.WriteAsync(context, new((int)StatusCode.PermissionDenied, "NO_RIGHT", $"The role of this account is '{caller.RoleName}', which may not do this; ask the administrator for another role."));
    }
}
