using System.Text.Json;
using MRNet.Imaging.Server.Archives;

namespace MRNet.Imaging.Server.Viewer;

/// <summary>OHIF's configuration for this server; nothing secret.</summary>
internal static class AppConfig
{
    public static string Of(ViewerOptions options)
    {
        var root = options.DicomWeb.Length > 0 ? JsonSerializer.Serialize(options.DicomWeb) : "'/dicom-web'";
        var images = options.DicomWeb.Length > 0 ? "" : ArchiveList.Viewer; // the server reads its own folders itself
        return $$"""
            window.config = {
              routerBasename: '/viewer',
              extensions: ['/mrnet/extension.js'],
              modes: ['/mrnet/mode.js'],
              mrnet: { server: '', pacs: '{{images}}' },
              showStudyList: true,
              showWarningMessageForCrossOrigin: false,
              investigationalUseDialog: { option: 'never' },
              defaultDataSourceName: 'dicomweb',
              dataSources: [{
                namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
                sourceName: 'dicomweb',
                configuration: {
                  friendlyName: 'MRNet.Imaging', name: 'mrnet',
                  qidoRoot: {{root}}, wadoRoot: {{root}}, wadoUriRoot: {{root}},
                  qidoSupportsIncludeField: false, supportsReject: false, supportsFuzzyMatching: false, supportsWildcard: true,
                  imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true, dicomUploadEnabled: false,
                  bulkDataURI: { enabled: true }, omitQuotationForMultipartRequest: true,
                },
              }],
            };
            """;
    }
}
