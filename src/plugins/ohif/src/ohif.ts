/** The little of OHIF that the plugin uses, as types. OHIF ships none with its built app. */

export interface DisplaySet {
  displaySetInstanceUID: string;
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  Modality: string;
  instances: Instance[];
}

export interface Instance {
  SOPInstanceUID: string;
  imageId: string;
  wadoRoot?: string;
  Rows: number;
  Columns: number;
}

export interface SegmentationService {
  createLabelmapForDisplaySet(displaySet: DisplaySet, options: object): Promise<string>;
  addSegmentationRepresentation(viewportId: string, options: object): Promise<void>;
  getSegmentation(id: string): { representationData: { Labelmap?: { imageIds?: string[] } } } | undefined;
  setSegmentColor(viewportId: string, segmentationId: string, segment: number, color: number[]): void;
  setSegmentVisibility(viewportId: string, segmentationId: string, segment: number, visible: boolean, type: string): void;
  setStyle(specifier: object, style: object): void;
  remove(id: string): void;
}

export interface Services {
  segmentationService: SegmentationService;
  viewportGridService: { getState(): { activeViewportId: string; viewports: Map<string, { viewportId: string; displaySetInstanceUIDs: string[] }> }; subscribe(event: string, listener: () => void): { unsubscribe(): void }; EVENTS: Record<string, string> };
  cornerstoneViewportService: { getCornerstoneViewport(id: string): { getCurrentImageId?(): string | undefined } | undefined };
  displaySetService: { getDisplaySetByUID(uid: string): DisplaySet | undefined; getActiveDisplaySets(): DisplaySet[] };
  userAuthenticationService: { getAuthorizationHeader(): { Authorization?: string } | undefined };
}

export interface Cornerstone {
  cornerstone: {
    cache: { getImage(id: string): LabelmapImage | undefined };
    metaData: { get(kind: string, imageId: string): { SOPInstanceUID?: string } | undefined };
  };
  cornerstoneTools: { segmentation: { triggerSegmentationEvents: { triggerSegmentationDataModified(id: string): void } } };
}

export interface LabelmapImage {
  imageId: string;
  referencedImageId: string;
  columns: number;
  rows: number;
  voxelManager: { getScalarData(): Uint8Array; setScalarData(data: Uint8Array): void };
}

export interface DataSource {
  store: { dicom(content: ArrayBuffer): Promise<unknown> };
  deleteStudyMetadataPromise(uid: string): void;
  retrieve: { series: { metadata(query: object): Promise<unknown> } };
  getConfig(): { wadoRoot?: string; name?: string };
}

export interface ExtensionManager {
  getModuleEntry(id: string): { exports: { getCornerstoneLibraries(): Cornerstone } };
  getActiveDataSource(): DataSource[];
}

/** What OHIF hands to an extension. */
export interface Given {
  servicesManager: { services: Services };
  extensionManager: ExtensionManager;
}
