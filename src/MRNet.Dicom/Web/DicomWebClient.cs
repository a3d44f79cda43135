using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <summary>A DICOMweb server, PS3.18: search (QIDO-RS), retrieve (WADO-RS), store (STOW-RS). What only reads is tried again when it fails for a while.</summary>
public sealed partial class DicomWebClient : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri root;
    private readonly DicomWebOptions options;

    /// <param name="root">Such as <c>https://pacs/dicom-web</c>.</param>
    /// <exception cref="DicomNetworkException">Credentials would travel unencrypted.</exception>
    public DicomWebClient(Uri root, DicomWebOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        this.root = new(root.AbsoluteUri.TrimEnd('/') + "/");
        this.options = options ?? new();
        if (this.options.Credentials is not null && root.Scheme != Uri.UriSchemeHttps && !root.IsLoopback && !this.options.AllowPlainCredentials)
            throw new DicomNetworkException($"The credentials would travel unencrypted to {root.Host}; use https.", isTransient: false);
        http = new(Handler(this.options)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => http.Dispose();

    /// <summary>How connections are made: to the named host only, without cookies, TLS 1.2 or 1.3.</summary>
    public static SocketsHttpHandler Handler(DicomWebOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // credentials and pictures go to the named host only
            ConnectTimeout = options.ConnectTimeout,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        };
        options.Tls?.ApplyTo(handler.SslOptions);
        return handler;
    }

    /// <summary>One call; its answer's head is there, its body is not read yet.</summary>
    private async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path, string accept, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(root, path)) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.Authorization = options.Credentials;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (content is null) // sending takes what it takes
            timer.CancelAfter(options.AnswerTimeout);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new DicomNetworkException($"The server does not answer within {options.AnswerTimeout.TotalSeconds:0.#} s.", isTransient: true, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            var isSecure = error.InnerException is AuthenticationException;
            throw new DicomNetworkException($"The server cannot be reached: {(isSecure ? "TLS did not come about, " : "")}{error.InnerException?.Message ?? error.Message}", !isSecure, error);
        }
    }

    /// <summary>A call that only reads: repeated after a failure that may pass.</summary>
    private async Task<HttpResponseMessage> GetAsync(string path, string accept, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return Checked(await CallAsync(HttpMethod.Get, path, accept, null, cancellation).ConfigureAwait(false));
            }
            catch (DicomNetworkException error) when (error.IsTransient && attempt < options.Retries)
            {
                await Task.Delay(Wait(attempt), options.Time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan Wait(int attempt)
    {
        var wait = Math.Min(60, options.FirstWait.TotalSeconds * Math.Pow(2, attempt));
        return TimeSpan.FromSeconds(wait * (1 + (Random.Shared.NextDouble() / 4)));
    }

    private static HttpResponseMessage Checked(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw Refused(response);
    }

    private static DicomNetworkException Refused(HttpResponseMessage response)
    {
        var code = (int)response.StatusCode;
        var what = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => "it wants credentials, or others",
            HttpStatusCode.Forbidden => "these credentials may not do this",
            HttpStatusCode.NotFound => "there is nothing at this address",
            HttpStatusCode.NotAcceptable => "it has the object in no form that was asked for",
            HttpStatusCode.RequestEntityTooLarge => "what was sent is too large for it",
            HttpStatusCode.UnsupportedMediaType => "it does not take DICOM files",
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => $"it redirects to {response.Headers.Location?.Host ?? "elsewhere"}; give that address",
            _ => response.ReasonPhrase ?? "it gives no reason",
        };
        return new($"The server answers {code}: {what}.", isTransient: code is 408 or 429 or 500 or 502 or 503 or 504);
    }

    private async Task<IReadOnlyList<DicomDataset>> JsonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = await Reading.AllAsync(stream, options.MaximumJsonBytes, options.AnswerTimeout, cancellation).ConfigureAwait(false);
        try
        {
            return bytes.IsEmpty ? [] : DicomJson.ConvertJsonToDicoms(bytes);
        }
        catch (DicomException error)
        {
            throw new DicomNetworkException($"The server's answer is no DICOM JSON: {error.Message}", isTransient: false, error);
        }
    }

    private static string Uid(string uid) => DicomUID.IsValid(uid) ? uid : throw new DicomValueException($"A UID has digits and dots; found {uid?.Length ?? 0} characters that are none.");
}
