using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Settings;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>A DICOM node: takes what is pushed to it, has complete series segmented as the routes say, and sees to it that the results are sent.</summary>
internal sealed partial class DicomNode(
    ReceivingOptions options, ServerOptions server, ModelShelf models, ArchiveList archives, DataFolder data, IFileSystem files, UploadLimits limits, RoutedJobs jobs, TimeProvider time,
    ILogger<DicomNode> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> unmatched = [];
    private Routes routes = null!;
    private Spool spool = null!;
    private DicomListener? listener;

    /// <summary>The port it listens on.</summary>
    public int Port => listener!.Port;

    /// <exception cref="WrongSettingException">The routes do not fit, or it would be open to strangers.</exception>
    /// <exception cref="ResourceLimitException">It cannot listen there.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Listen.Length == 0 || options.Routes.Length == 0)
            throw new WrongSettingException("Receiving has one of Listen and Routes; expected both: --listen-dicom PORT --routes FILE.");
        routes = RoutesFile.Read(options.Routes, models, archives);
        spool = new(data, files, limits, routes, time);
        try
        {
            listener = DicomListener.Start(NodeRules.Of(options, routes, server.Insecure, LogNote), spool);
        }
        catch (DicomNetworkException error)
        {
            throw new ResourceLimitException($"The DICOM node cannot start: {error.Message}", error);
        }

        return base.StartAsync(cancellationToken);
    }

    /// <summary>Takes nothing more; what is on the disk is taken up at the next start.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (listener is not null)
            await listener.DisposeAsync();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = await Task.Run(Round, stoppingToken) ? Look : AfterFailure;
            await Task.Delay(wait, time, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <returns>False when something has to wait: a full disk or queue.</returns>
    private bool Round()
    {
        try
        {
            spool.CloseQuiet();
            foreach (var folder in spool.CompleteSeries)
                Route(folder);
            jobs.Deliver();
            return true;
        }
        catch (Exception error) when (error is ResourceLimitException or IOException or UnauthorizedAccessException)
        {
            LogWaits(error.Message);
            return false;
        }
        catch (Exception error)
        {
            LogFault(error);
            return false;
        }
    }

    private void Route(string folder)
    {
        if (spool.Read(folder) is not { } series)
            return;
        var images = spool.ImagesOf(folder);
        if (routes.For(series) is { } rule)
        {
            Submit(folder, series, rule, images);
        }
        else if (time.GetUtcNow() - series.Begun >= TimeSpan.FromHours(routes.KeepUnmatchedHours))
        {
            LogRemoved(images.Count, series.Calling);
            spool.Remove(folder);
        }
        else if (unmatched.Add(folder))
        {
            LogUnmatched(images.Count, series.Calling, Path.GetFileName(folder), routes.KeepUnmatchedHours);
        }
    }

    private void Submit(string folder, SeriesInfo series, Rule rule, IReadOnlyList<string> images)
    {
        try
        {
            jobs.Submit(series, rule, images);
        }
        catch (Exception error) when (error is InvalidImageException or UnsupportedImageException or WeightsException or UnknownModelException)
        {
            LogRefused(images.Count, series.Calling, error.Message); // it would be refused again
        }

        spool.Remove(folder);
    }

    [LoggerMessage(1, LogLevel.Warning, "DICOM node: {Note}")]
    private partial void LogNote(string note);

    [LoggerMessage(2, LogLevel.Warning, "DICOM node: a complete series waits: {Why}")]
    private partial void LogWaits(string why);

    [LoggerMessage(3, LogLevel.Warning, "DICOM node: no rule wants {Count} images from {Calling}; they are kept in {Folder} for {Hours} h, and taken by a start with better rules.")]
    private partial void LogUnmatched(int count, string calling, string folder, double hours);

    [LoggerMessage(4, LogLevel.Warning, "DICOM node: {Count} images from {Calling} that no rule wants are removed.")]
    private partial void LogRemoved(int count, string calling);

    [LoggerMessage(5, LogLevel.Warning, "DICOM node: {Count} images from {Calling} cannot be segmented and are removed: {Why}")]
    private partial void LogRefused(int count, string calling, string why);

    [LoggerMessage(6, LogLevel.Error, "DICOM node: a fault of the server; it goes on.")]
    private partial void LogFault(Exception error);
}
