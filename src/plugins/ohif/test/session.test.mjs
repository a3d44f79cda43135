import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, GridSchema, MapHeaderSchema, ModelSchema, Problem, ProgressSchema, Session, SourceSchema, SummarySchema } from '../dist/test/testing.js';

const model = create(ModelSchema, { id: 'm', raters: [{ id: 'a' }, { id: 'b' }], defaultWeights: [0.5, 0.5], threshold: 0.5 });
const images = async () => create(SourceSchema, {});
const pause = ms => new Promise(done => setTimeout(done, ms));
const until = async holds => {
  for (let n = 0; n < 3000 && !holds(); n++) await pause(10);
  assert.ok(holds());
};

/** A server that answers after `wait` ms, and remembers what it was asked. */
class StubServer {
  address = 'https://stub:1';
  asked = [];
  wait = 0;
  models = async () => [model];
  release = async () => {};
  segment = request => this.answer('segment', request);
  reweight = request => this.answer('reweight', request);
  async *answer(kind, request) {
    this.asked.push([kind, request]);
    const refusal = this.refuse?.(kind);
    if (refusal) throw refusal;
    await pause(this.wait);
    yield { kind: 'summary', summary: create(SummarySchema, { sessionId: 's', grid: this.grid }) };
    yield { kind: 'map', header: create(MapHeaderSchema), values: Float32Array.of(request.weights.values[0]) };
    yield { kind: 'done', done: {} };
  }
}

class Screen {
  shown = [];
  async show(answer) {
    this.shown.push(answer.maps[0].values[0]);
    return { keptEdit: false };
  }
  onScreen = () => [2];
}

async function segmented(grid) {
  const [server, screen] = [new StubServer(), new Screen()];
  server.grid = grid;
  const session = new Session(server, screen);
  await session.load('CT');
  await session.segment(images);
  return { server, screen, session };
}

test('a segmentation is shown and can be weighed', async () => {
  const { server, screen, session } = await segmented();
  session.weigh([1, 0]);
  await pause(300);
  assert.deepEqual(screen.shown, [0.5, 1]);
  assert.equal(server.asked[1][1].sessionId, 's');
});

test('the slice on screen is asked for first, and its part leaves the measures alone', async () => {
  const { server, screen, session } = await segmented(create(GridSchema, { slices: 3 }));
  const stats = [{ structure: 1, ml: 2 }];
  server.reweight = async function* (request) {
    this.asked.push(['reweight', request]);
    yield { kind: 'summary', summary: create(SummarySchema, { sessionId: 's' }) };
    yield { kind: 'map', header: create(MapHeaderSchema, { replacesBoxOnly: true, z0: 2, slices: 1 }), values: Float32Array.of(7) };
    yield { kind: 'progress', progress: create(ProgressSchema, { done: 1, total: 3 }) };
    await new Promise(done => (this.goOn = done));
    yield { kind: 'summary', summary: create(SummarySchema, { sessionId: 's', stats }) };
    yield { kind: 'map', header: create(MapHeaderSchema), values: Float32Array.of(8) };
  };
  const before = session.snapshot().summary;
  session.weigh([1, 0]);
  await until(() => screen.shown.includes(7));
  assert.equal(session.snapshot().summary, before);
  assert.deepEqual(screen.shown, [0.5, 7]);
  server.goOn();
  await until(() => screen.shown.includes(8));
  assert.equal(session.snapshot().summary.stats[0].ml, 2);
  assert.deepEqual(server.asked[1][1].slices, [2]);
});

test('objects are sent by the server, and nobody waits for a PACS that is away', async () => {
  const { server, session } = await segmented();
  const asked = [];
  server.send = async function* (request, pacs) {
    asked.push([request.source.from.value, pacs]);
    yield { kind: 'sent', sopUid: '1.2' };
    yield { kind: 'sent', sopUid: '1.3' };
  };
  assert.equal(await session.send('archive'), 2);

  server.send = async function* () {
    yield { kind: 'sent', sopUid: '1.2' };
    yield { kind: 'warning', warning: { reason: 'EXPORT_WAITS', message: 'archive is away.' } };
    await new Promise(() => {});
  };
  assert.equal(await session.send('archive'), 0);
  assert.equal(session.snapshot().note, 'archive is away.');
  assert.equal(session.snapshot().busy, false);
  assert.deepEqual(asked, [['s', 'archive']]);
});

test('a moving slider asks once, when it rests', async () => {
  const { server, session } = await segmented();
  for (let n = 1; n <= 10; n++) session.weigh([n / 10, 0]);
  await pause(300);
  assert.equal(server.asked.filter(([kind]) => kind === 'reweight').length, 1);
});

test('the latest weights win, however late an older answer comes', async () => {
  const { server, screen, session } = await segmented();
  server.wait = 400;
  session.weigh([0.25, 0]);
  await pause(250);
  server.wait = 0;
  session.weigh([0.75, 0]);
  await pause(700);
  assert.deepEqual(screen.shown, [0.5, 0.75]);
});

test('weights that are all zero are told, not sent', async () => {
  const { server, session } = await segmented();
  session.weigh([0, 0]);
  await pause(250);
  assert.equal(server.asked.length, 1);
  assert.match(session.snapshot().status, /At least one rater/);
});

test('a session that the server has lost is segmented again, silently, once', async () => {
  const { server, session } = await segmented();
  server.refuse = kind => (kind === 'reweight' ? new Problem('NOT_FOUND', 'gone') : undefined);
  session.weigh([1, 0]);
  await pause(400);
  assert.deepEqual(server.asked.map(([kind]) => kind), ['segment', 'reweight', 'segment']);
  assert.equal(session.snapshot().problem, undefined);
});

test('a refusal is kept for the panel, and what is on screen stays', async () => {
  const { server, screen, session } = await segmented();
  server.refuse = () => new Problem('RESOURCE_EXHAUSTED', 'busy', '', 3);
  session.weigh([1, 0]);
  await pause(300);
  assert.equal(session.snapshot().problem.retryAfter, 3);
  assert.deepEqual(screen.shown, [0.5]);
});

test('nothing comes after cancel', async () => {
  const { server, screen, session } = await segmented();
  server.wait = 200;
  session.weigh([1, 0]);
  await pause(200);
  session.cancel();
  await pause(400);
  assert.deepEqual(screen.shown, [0.5]);
  assert.equal(session.snapshot().busy, false);
});
