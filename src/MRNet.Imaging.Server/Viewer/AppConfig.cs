
namespace MRNet.Imaging.Server.Viewer;

/// <summary>OHIF's configuration for this server; nothing secret.</summary>
internal static class AppConfig
{
    /// <summary>For a stranger, instead of a configuration. The page itself cannot send him away: no browser shows it the cookie when the way to it began at another site.</summary>
    public const string ToSignIn = "location.replace('/sign-in?to=' + encodeURIComponent(location.pathname + location.search));";

    /// <param name="images">What the server calls the images that are shown, to read them itself.</param>
    public static string Of(string images)
    {
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
                  qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/dicom-web',
                  qidoSupportsIncludeField: false, supportsReject: false, supportsFuzzyMatching: false, supportsWildcard: true,
                  imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true, dicomUploadEnabled: false,
                  bulkDataURI: { enabled: true }, omitQuotationForMultipartRequest: true,
                },
              }],
            };
            """;
    }
}
