/** Calls to the server: transport, token, chunks to arrays, errors to sentences. No OHIF, no DOM. */
import { fromBinary } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { Encoding, type MapHeader, type ObjectHeader, type Done, type Event, type Progress, type Summary, type Warning } from './gen/mrnet/imaging/v1/event_pb';
import { Sample, type SegmentRequest, type ReweightRequest } from './gen/mrnet/imaging/v1/request_pb';
import type { Model } from './gen/mrnet/imaging/v1/model_pb';
import type { Server as ServerMessage } from './gen/mrnet/imaging/v1/server_pb';
import { Segmentation } from './gen/mrnet/imaging/v1/segmentation_pb';
import { ErrorInfoSchema, RetryInfoSchema } from './gen/rich_status_pb';

/** What a streaming call says, maps and files put together and checked. */
export type Said =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'warning'; warning: Warning }
  | { kind: 'summary'; summary: Summary }
  | { kind: 'map'; header: MapHeader; values: Uint8Array | Float32Array }
  | { kind: 'object'; header: ObjectHeader; content: Uint8Array }
  | { kind: 'sent'; sopUid: string }
  | { kind: 'done'; done: Done };

/** A refusal a person can act on. `code` is the status' name, `retryAfter` in seconds. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    sentence: string,
    readonly details = '',
    readonly retryAfter?: number,
  ) {
    super(sentence);
  }
}

export class ServerClient {
  private readonly calls: Client<typeof Segmentation>;

  /** @param authorization value of the Authorization header, asked for at each call and kept nowhere */
  constructor(
    readonly address: string,
    private readonly authorization: () => string | undefined = () => undefined,
    private readonly get: typeof fetch = (...request) => fetch(...request),
  ) {
    const token: Interceptor = next => request => {
      const value = this.authorization();
      if (value) request.header.set('authorization', value);
      return next(request);
    };
    this.calls = createClient(Segmentation, createGrpcWebTransport({ baseUrl: address, interceptors: [token], fetch: get }));
  }

  server(signal?: AbortSignal): Promise<ServerMessage> {
    return this.explained(this.calls.getServer({}, { signal }));
  }

  async models(modality: string, signal?: AbortSignal): Promise<Model[]> {
    return (await this.explained(this.calls.listModels({ modality }, { signal }))).models;
  }

  segment(request: SegmentRequest, signal: AbortSignal): AsyncIterable<Said> {
    return this.received(this.calls.segment(request, { signal }));
  }

  reweight(request: ReweightRequest, signal: AbortSignal): AsyncIterable<Said> {
    return this.received(this.calls.reweight(request, { signal }));
  }

  /** The server makes the objects and sends them itself to a PACS that it knows. Where that is away it says so in a warning, EXPORT_WAITS, and goes on alone. */
  async *send(request: SegmentRequest, pacs: string, signal: AbortSignal): AsyncIterable<Said> {
    const job = await this.explained(this.calls.submit(request, { signal }));
    yield* this.received(this.calls.watch({ jobId: job.id }, { signal }));
    yield* this.received(this.calls.export({ jobId: job.id, pacs }, { signal }));
  }

  async release(sessionId: string): Promise<void> {
    await this.calls.release({ sessionId }).catch(() => undefined); // it frees itself after a while
  }

  /** Sends one DICOM file of an upload; the n-th from 0. */
  async upload(id: string, n: number, content: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const authorization = this.authorization();
    const headers = { 'content-type': 'application/octet-stream', ...(authorization ? { authorization } : {}) };
    const url = `${this.address}/v1/uploads/${id}/${n}?kind=dicom&name=${n}.dcm`;
    const answer = await this.explained(this.get(url, { method: 'PUT', body: content, headers, signal }));
    if (answer.ok) return;
    const said = await answer.json().catch(() => ({}));
    throw new Problem(answer.status === 401 ? 'UNAUTHENTICATED' : 'REFUSED', said.message ?? `${this.address} refused an image (${answer.status}).`, said.reason);
  }

  private async *received(events: AsyncIterable<Event>): AsyncIterable<Said> {
    try {
      yield* assemble(events);
    } catch (error) {
      throw explain(error, this.address);
    }
  }

  private async explained<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw explain(error, this.address);
    }
  }
}

interface Incoming {
  header: { case: 'map'; value: MapHeader } | { case: 'object'; value: ObjectHeader };
  pieces: Uint8Array[];
  have: number;
}

/** Puts chunks together; throws a Problem for one that is out of order, too long, or changed on its way. */
export async function* assemble(events: AsyncIterable<Event>): AsyncIterable<Said> {
  const open = new Map<number, Incoming>();
  for await (const { event } of events) {
    switch (event.case) {
      case 'map':
      case 'object':
        open.set(event.value.stream, { header: event as Incoming['header'], pieces: [], have: 0 });
        break;
      case 'chunk': {
        const incoming = open.get(event.value.stream);
        if (!incoming || Number(event.value.offset) !== incoming.have || incoming.have + event.value.data.length > Number(incoming.header.value.bytes))
          throw new Problem('DATA_LOSS', 'A piece of the answer came out of order; the answer was dropped. Try again.');
        incoming.pieces.push(event.value.data);
        incoming.have += event.value.data.length;
        if (!event.value.last) break;
        open.delete(event.value.stream);
        yield await complete(incoming);
        break;
      }
      case 'progress':
        yield { kind: 'progress', progress: event.value };
        break;
      case 'warning':
        yield { kind: 'warning', warning: event.value };
        break;
      case 'sent':
        yield { kind: 'sent', sopUid: event.value.sopUid };
        break;
      case 'summary':
        yield { kind: 'summary', summary: event.value };
        break;
      case 'done':
        yield { kind: 'done', done: event.value };
    }
  }
}

async function complete({ header, pieces, have }: Incoming): Promise<Said> {
  if (have !== Number(header.value.bytes)) throw new Problem('DATA_LOSS', 'The answer was cut off; what is on screen stays. Try again.');
  const content = joined(pieces, have);
  if (header.case === 'object') {
    await checkHash(content, header.value.sha256);
    return { kind: 'object', header: header.value, content };
  }
  const raw = header.value.encoding === Encoding.DEFLATE ? await inflate(content, Number(header.value.rawBytes)) : content;
  await checkHash(raw, header.value.sha256);
  return { kind: 'map', header: header.value, values: decode(header.value, raw) };
}

/** The voxels of a map's box, columns fastest: 0 or 1 for masks, else in the map's units. */
export function decode(header: MapHeader, raw: Uint8Array): Uint8Array | Float32Array {
  const { columns, rows, slices, sample } = header;
  if (sample === Sample.BIT) return bits(raw, columns * rows, slices);
  if (sample !== Sample.UINT8) throw new Problem('UNIMPLEMENTED', 'The server sends a kind of map that this plugin does not know; update the plugin.');
  if (raw.length !== columns * rows * slices) throw new Problem('DATA_LOSS', 'A map has another size than its box; the answer was dropped.');
  return Float32Array.from(raw, stored => stored * header.scale);
}

/** Lowest bit first; each slice starts on a byte. */
function bits(raw: Uint8Array, voxels: number, slices: number): Uint8Array {
  const bytes = (voxels + 7) >> 3;
  if (raw.length !== bytes * slices) throw new Problem('DATA_LOSS', 'A mask has another size than its box; the answer was dropped.');
  const values = new Uint8Array(voxels * slices);
  for (let slice = 0; slice < slices; slice++)
    for (let voxel = 0; voxel < voxels; voxel++) values[slice * voxels + voxel] = ((raw[slice * bytes + (voxel >> 3)] ?? 0) >> (voxel & 7)) & 1;
  return values;
}

/** Raw deflate, and never more than was announced. */
async function inflate(content: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let have = 0;
  try {
    for await (const piece of new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate-raw'))) {
      have += piece.length;
      if (have > limit) break;
      pieces.push(piece);
    }
  } catch {
    have = -1;
  }
  if (have !== limit) throw new Problem('DATA_LOSS', 'A map cannot be unpacked; the answer was dropped. Try again.');
  return joined(pieces, have);
}

async function checkHash(content: Uint8Array<ArrayBuffer>, wanted: Uint8Array): Promise<void> {
  if (wanted.length === 0 || !globalThis.crypto?.subtle) return; // pages without TLS have no digest, but on this machine
  const found = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  if (found.some((byte, n) => byte !== wanted[n])) throw new Problem('DATA_LOSS', 'The answer arrived changed (SHA-256); it was dropped. Try again.');
}

function joined(pieces: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** What, why, what to do. A browser tells nothing of a refused connection, a missing CORS header or a bad certificate. */
export function explain(error: unknown, address: string): Problem {
  if (error instanceof Problem) return error;
  const said = ConnectError.from(error);
  const code = Code[said.code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  const { info, retryAfter } = detailsOf(said);
  const quoted = [code, info?.reason, info?.metadata.found && `found ${info.metadata.found}`, info?.metadata.wanted && `wanted ${info.metadata.wanted}`];
  return new Problem(code, sentence(said, address), quoted.filter(Boolean).join(', '), retryAfter);
}

function sentence(said: ConnectError, address: string): string {
  const origin = globalThis.location?.origin ?? 'this page';
  if ((said.code === Code.Unknown && /fetch|network|load failed/i.test(said.rawMessage)) || said.code === Code.Unavailable)
    return `Cannot reach ${address}: not running, not allowing ${origin}, or its certificate is not trusted.`;
  if (said.code === Code.Unauthenticated) return `${address} wants you to sign in; sign in again and retry.`;
  if (said.code === Code.PermissionDenied) return said.rawMessage || `Your role at ${address} does not allow this.`;
  if (said.code === Code.Unimplemented && !said.rawMessage) return `${address} is older than this plugin needs; ask for an update.`;
  return said.rawMessage || `${address} answered ${Code[said.code]} without a reason.`;
}

function detailsOf(said: ConnectError) {
  let info, retryAfter;
  for (const detail of said.details) {
    if (!('type' in detail)) continue;
    if (detail.type === 'google.rpc.ErrorInfo') info = fromBinary(ErrorInfoSchema, detail.value);
    if (detail.type === 'google.rpc.RetryInfo') retryAfter = Number(fromBinary(RetryInfoSchema, detail.value).retryDelay?.seconds ?? 1n);
  }
  return { info, retryAfter };
}


