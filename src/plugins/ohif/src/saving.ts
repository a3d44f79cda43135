/** "Save": the server's own objects into the PACS that OHIF reads from, and the study's list made fresh. */
import type { DataSource } from './ohif';

export async function save(dataSource: DataSource, studyUid: string, objects: Uint8Array[]): Promise<void> {
  for (const object of objects) await dataSource.store.dicom(object.slice().buffer as ArrayBuffer);
  const name = dataSource.getConfig().name;
  dataSource.deleteStudyMetadataPromise(studyUid); // 3.13 stores under one of the two and deletes the other
  if (name) dataSource.deleteStudyMetadataPromise(`${name}:${studyUid}`);
  await dataSource.retrieve.series.metadata({ StudyInstanceUID: studyUid });
}
