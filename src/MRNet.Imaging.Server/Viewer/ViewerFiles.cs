namespace MRNet.Imaging.Server.Viewer;

/// <summary>Where OHIF's built app and our extension lie: beside the published program, or in a checkout's plugin folder.</summary>
/// <param name="App">OHIF's index.html and all that it asks for.</param>
/// <param name="Plugin">extension.js and mode.js.</param>
internal sealed record ViewerFiles(string App, string Plugin)
{
    /// <exception cref="UnsupportedImageException">The viewer was not built into this program.</exception>
    public static ViewerFiles Find(ViewerOptions options)
    {
        var found = new ViewerFiles(
            options.App.Length > 0 ? options.App : Search("viewer/ohif", "src/plugins/ohif/ohif"),
            options.Plugin.Length > 0 ? options.Plugin : Search("viewer/mrnet", "src/plugins/ohif/dist"));
        return File.Exists(Path.Combine(found.App, "index.html")) && File.Exists(Path.Combine(found.Plugin, "extension.js"))
            ? found
            : throw new UnsupportedImageException("The viewer is not included in this program; build it with npm in src/plugins/ohif (ci, run build, run ohif) and publish again, or name the folders in Viewer:App and Viewer:Plugin.");
    }

    private static string Search(string published, string inCheckout)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, published);
        if (Directory.Exists(beside))
            return beside;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, inCheckout) is var path && Directory.Exists(path))
                return path;
        return beside;
    }
}
