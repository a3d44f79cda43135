// OHIF 3.13: what to add to your own app-config.js. The two files come from `npm run build` (dist/).
window.config = {
  routerBasename: '/',
  extensions: ['/mrnet/extension.js'],
  modes: ['/mrnet/mode.js'],
  mrnet: {
    server: '', // URL of the MRNet.Imaging server's pages; empty: where this page came from
    pacs: '', // the name by which that server knows this PACS; empty: images are sent through the browser
  },
  showStudyList: true,
  defaultDataSourceName: 'dicomweb',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'dicomweb',
      configuration: {
        friendlyName: 'PACS',
        name: 'pacs',
        qidoRoot: '/dicom-web',
        wadoRoot: '/dicom-web',
        wadoUriRoot: '/dicom-web',
        qidoSupportsIncludeField: false,
        supportsReject: false,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        dicomUploadEnabled: false,
        bulkDataURI: { enabled: true },
        omitQuotationForMultipartRequest: true,
      },
    },
  ],
};
// OHIF 3.14 names extensions and modes by descriptors instead:
//   extensions: [{ packageName: 'mrnet-imaging', importPath: '/mrnet/extension.js' }],
//   modes: [{ packageName: 'mrnet-mode', importPath: '/mrnet/mode.js' }],
