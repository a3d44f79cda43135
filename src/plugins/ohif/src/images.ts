/** Brings a series to the server: by name where it can read the PACS itself, else instance by instance through the browser. */
import { create } from '@bufbuild/protobuf';
import { Problem, type ServerClient } from './client';
import { type Source, SourceSchema } from './gen/mrnet/imaging/v1/request_pb';
import type { DisplaySet } from './ohif';

export interface Pacs {
  /** URL of WADO-RS, as OHIF uses it. */
  wadoRoot: string;
  /** The name by which the server knows the same PACS; empty: it does not. */
  name: string;
  authorization: () => string | undefined;
}

/** @returns how the series can be brought: called with a signal, and with a listener for what is going on */
export const imagesOf = (series: DisplaySet, client: ServerClient, pacs: Pacs) => async (signal: AbortSignal, say: (status: string) => void): Promise<Source> => {
  if (pacs.name && (await client.server(signal)).dicomweb.includes(pacs.name))
    return create(SourceSchema, { from: { case: 'dicomweb', value: { pacs: pacs.name, studyUid: series.StudyInstanceUID, seriesUid: series.SeriesInstanceUID } } });

  const upload = crypto.randomUUID?.() ?? uuid();
  const instances = [...new Set(series.instances.map(instance => instance.SOPInstanceUID))];
  for (const [n, sopUid] of instances.entries()) {
    say(`sending ${n + 1} of ${instances.length}`);
    await client.upload(upload, n, await retrieve(pacs, series, sopUid, signal), signal);
  }
  return create(SourceSchema, { from: { case: 'uploadId', value: upload } });
};

/** One instance as a DICOM file (PS3.18 10.4, multipart with one part). */
async function retrieve(pacs: Pacs, series: DisplaySet, sopUid: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const url = `${pacs.wadoRoot}/studies/${series.StudyInstanceUID}/series/${series.SeriesInstanceUID}/instances/${sopUid}`;
  const authorization = pacs.authorization();
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const answer = await fetch(url, { headers: { accept, ...(authorization ? { authorization } : {}) }, signal });
  if (!answer.ok) throw new Problem('UNAVAILABLE', `The PACS did not give an image (${answer.status}); open the study again and retry.`);
  return onlyPart(new Uint8Array(await answer.arrayBuffer()));
}

/** The body of the first part: after its empty line, up to the line break before the next boundary. */
export function onlyPart(multipart: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder('latin1');
  const head = text.decode(multipart.subarray(0, 4096));
  const from = head.indexOf('\r\n\r\n') + 4;
  const boundary = /--[^\r\n]+/.exec(head)?.[0];
  if (from < 4 || !boundary) throw new Problem('UNAVAILABLE', 'The PACS answered with no multipart message; expected an image.');
  const tail = text.decode(multipart.subarray(-256));
  const end = tail.lastIndexOf(`\r\n${boundary}`);
  if (end < 0) throw new Problem('UNAVAILABLE', 'The image from the PACS is cut off; retry.');
  return multipart.slice(from, multipart.length - tail.length + end);
}

/** Pages without TLS have no randomUUID. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
