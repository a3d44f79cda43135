using Microsoft.Extensions.Logging;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>What engine, worker and client warn of, on standard error: beside a failed test it says why.</summary>
internal sealed class ErrorLog : ILogger, ILoggerProvider
{
    public static readonly ILoggerFactory Factory = LoggerFactory.Create(log => log.AddProvider(new ErrorLog()).SetMinimumLevel(LogLevel.Warning));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Console.Error.WriteLine($"{formatter(state, exception)} {exception?.GetType().Name}: {exception?.Message} {exception?.InnerException?.Message}");

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }
}
