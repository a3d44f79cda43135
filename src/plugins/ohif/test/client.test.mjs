import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { assemble, Code, ConnectError, create, decode, EventSchema, Encoding, explain, GridSchema, levelOf, MapHeaderSchema, onlyPart, outline, Sample, sliceOf, sliceOfMap } from '../dist/test/testing.js';

const raw = Uint8Array.from({ length: 24 }, (_, n) => n * 10);
const sha256 = content => createHash('sha256').update(content).digest();
const header = more => ({ stream: 1, columns: 4, rows: 3, slices: 2, sample: Sample.UINT8, scale: 1 / 255, bytes: BigInt(raw.length), rawBytes: BigInt(raw.length), encoding: Encoding.NONE, sha256: sha256(raw), ...more });
const map = more => create(EventSchema, { event: { case: 'map', value: header(more) } });
const chunk = (data, offset = 0, last = true) => create(EventSchema, { event: { case: 'chunk', value: { stream: 1, offset: BigInt(offset), data, last } } });

async function said(...events) {
  const all = [];
  for await (const one of assemble((async function* () { yield* events; })())) all.push(one);
  return all;
}

test('pieces become a map in its units', async () => {
  const [{ values }] = await said(map(), chunk(raw.subarray(0, 10), 0, false), chunk(raw.subarray(10), 10));
  assert.ok(Math.abs(values[23] - 230 / 255) < 1e-6);
});

test('a packed map is unpacked', async () => {
  const sent = deflateRawSync(raw);
  const [{ values }] = await said(map({ encoding: Encoding.DEFLATE, bytes: BigInt(sent.length) }), chunk(sent));
  assert.equal(values.length, 24);
});

test('a map that unpacks to more than was announced is dropped', async () => {
  const bomb = deflateRawSync(new Uint8Array(10_000_000));
  await assert.rejects(said(map({ encoding: Encoding.DEFLATE, bytes: BigInt(bomb.length) }), chunk(bomb)), /cannot be unpacked/);
});

test('pieces out of order, cut off or changed are dropped', async () => {
  await assert.rejects(said(map(), chunk(raw, 5)), /out of order/);
  await assert.rejects(said(map(), chunk(raw.subarray(0, 10))), /cut off/);
  await assert.rejects(said(map(), chunk(raw.map(value => value + 1))), /SHA-256/);
});

test('bits start each slice on a byte, the lowest first', () => {
  const values = decode(create(MapHeaderSchema, { columns: 3, rows: 3, slices: 2, sample: Sample.BIT }), Uint8Array.of(0b10, 0, 0, 1));
  assert.deepEqual([...values].flatMap((value, at) => (value ? [at] : [])), [1, 17]);
});

test('slices are met by their UIDs, whatever the order on screen', () => {
  const grid = create(GridSchema, { sopUids: ['c', 'b', 'a'] });
  assert.deepEqual(['a', 'b', 'c', 'x'].map(uid => sliceOf(grid, uid, '')), [2, 1, 0, -1]);
});

test('frames of one object are met by their number', () => {
  const grid = create(GridSchema, { sopUids: ['m', 'm', 'm'] });
  assert.equal(sliceOf(grid, 'm', 'wadors:/instances/m/frames/3'), 2);
});

test('a box lies where its header says, zeros around it', () => {
  const grid = create(GridSchema, { columns: 5, rows: 4, slices: 3 });
  const box = create(MapHeaderSchema, { x0: 2, y0: 1, z0: 1, columns: 2, rows: 1, slices: 1 });
  assert.deepEqual([...sliceOfMap(grid, box, Float32Array.of(7, 8), 1)].flatMap((value, at) => (value ? [[at, value]] : [])), [[7, 7], [8, 8]]);
  assert.ok(sliceOfMap(grid, box, Float32Array.of(7, 8), 0).every(value => value === 0));
});

test('an outline is the rim of a mask', () => {
  const mask = new Float32Array(25).map((_, at) => Number(Math.abs((at % 5) - 2) <= 1 && Math.abs(Math.floor(at / 5) - 2) <= 1));
  assert.equal(outline(mask, 5).reduce((sum, one) => sum + one), 8);
});

test('what is below the threshold has no colour', () => {
  assert.deepEqual([0, 0.04, 0.05, 0.5].map(value => levelOf(value, 0.05)), [0, 0, 2, 16]);
});

test('an error is one sentence with what to do', () => {
  assert.match(explain(new ConnectError('Failed to fetch', Code.Unknown), 'https://s:1').message, /Cannot reach https:\/\/s:1: not running, not allowing/);
  assert.match(explain(new ConnectError('', Code.Unimplemented), 'https://s:1').message, /older than this plugin needs/);
  assert.equal(explain(new ConnectError('weights has 3 values; expected 4.', Code.InvalidArgument), 's').message, 'weights has 3 values; expected 4.');
  assert.equal(explain(new ConnectError('gone', Code.NotFound), 's').code, 'NOT_FOUND');
});

test('the only part of a multipart answer comes out byte for byte', () => {
  const body = Buffer.from([13, 10, 45, 45, 0, 255, 13, 10]);
  const message = Buffer.concat([Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), body, Buffer.from('\r\n--b--\r\n')]);
  assert.deepEqual(Buffer.from(onlyPart(new Uint8Array(message))), body);
});
