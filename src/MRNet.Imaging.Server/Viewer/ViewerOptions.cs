using System.ComponentModel.DataAnnotations;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Viewer;

/// <summary>The viewer that comes with the server: OHIF with our extension, over the DICOM files of some folders.</summary>
public sealed record ViewerOptions
{
    /// <summary>Whether there is a viewer, at <c>/viewer</c>.</summary>
    public bool Enabled { get; init; }

    /// <summary>Folders with DICOM files that the viewer shows; they are only read.</summary>
    [FolderThatIsThere]
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>A PACS that the viewer shows instead of folders: the root of its DICOMweb service, such as https://pacs.example/dicom-web, or its name in Pacs, where credentials can be set; empty: the folders. The server passes the calls on.</summary>
    public string DicomWeb { get; init; } = "";

    /// <summary>Folder with OHIF's built app; empty: what came with the program.</summary>
    public string App { get; init; } = "";

    /// <summary>Folder with extension.js and mode.js; empty: what came with the program.</summary>
    public string Plugin { get; init; } = "";

    /// <summary>Time between two looks for new and changed files.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of one stored object, at most.</summary>
    [Range(1, long.MaxValue)]
    public long LargestObject { get; init; } = 2L << 30;
}
