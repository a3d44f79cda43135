namespace MRNet.Imaging.Server.Settings;

/// <summary>A setting is unknown, of another kind, or does not fit the others: the server does not start. Exit code 1, as for any wrong usage.</summary>
public sealed class WrongSettingException(string message, Exception? inner = null) : ImagingException(message, inner);
