/** "Save": the server's own objects into the PACS that OHIF reads from, where the server cannot send them itself. */
import type { DataSource } from './ohif';

export async function store(dataSource: DataSource, objects: Uint8Array[]): Promise<number> {
  for (const object of objects) await dataSource.store.dicom(object.slice().buffer as ArrayBuffer);
  return objects.length;
}

/** Makes the study's list fresh. */
export async function refresh(dataSource: DataSource, studyUid: string): Promise<void> {
  const name = dataSource.getConfig().name;
  dataSource.deleteStudyMetadataPromise(studyUid); // 3.13 stores under one of the two and deletes the other
  if (name) dataSource.deleteStudyMetadataPromise(`${name}:${studyUid}`);
  await dataSource.retrieve.series.metadata({ StudyInstanceUID: studyUid });
}
