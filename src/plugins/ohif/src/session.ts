/** What the user is doing with one series; kept outside React, because OHIF unmounts a panel whose tab is hidden. */
import { create } from '@bufbuild/protobuf';
import { type Problem, type Said, type ServerClient, explain } from './client';
import { type Grid, type Progress, type Summary, Stage } from './gen/mrnet/imaging/v1/event_pb';
import type { Model } from './gen/mrnet/imaging/v1/model_pb';
import { Output, ReweightRequestSchema, type SegmentRequest, SegmentRequestSchema, type Source } from './gen/mrnet/imaging/v1/request_pb';
import { isPart } from './slices';

const DEBOUNCE_MS = 150;

/** What is shown of an answer: implemented by overlay.ts, and by a stub in the tests. */
export interface Shown {
  /** Shows masks, uncertainty and raters of one answer at once. Says whether an edited mask was left alone. */
  show(answer: Answer): Promise<{ keptEdit: boolean }>;
  /** Slices of the grid that are on screen now: they are asked for first. */
  onScreen(grid: Grid): number[];
}

export interface Answer {
  model: Model;
  summary: Summary;
  maps: Extract<Said, { kind: 'map' }>[];
}

export interface State {
  models: Model[];
  modelId: string;
  weights: number[];
  threshold: number;
  busy: boolean;
  status: string;
  /** 0..1; undefined while it is not known. */
  progress?: number;
  problem?: Problem;
  note: string;
  summary?: Summary;
}

export class Session {
  private state: State = { models: [], modelId: '', weights: [], threshold: 0.5, busy: false, status: '', note: '' };
  private readonly listeners = new Set<() => void>();
  private running?: AbortController;
  private timer?: ReturnType<typeof setTimeout>;
  private sequence = 0n;
  private again?: () => Promise<void>;

  constructor(
    private readonly client: ServerClient,
    private readonly shown: Shown,
  ) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = () => this.state;

  get model(): Model | undefined {
    return this.state.models.find(model => model.id === this.state.modelId);
  }

  /** Asks for the models of a modality; keeps the chosen one where it still fits. */
  async load(modality: string): Promise<void> {
    try {
      const models = await this.client.models(modality);
      this.set({ models, problem: undefined, status: models.length ? '' : `No model of ${this.client.address} is for ${modality || 'these images'}.` });
      this.choose(models.some(model => model.id === this.state.modelId) ? this.state.modelId : (models[0]?.id ?? ''));
    } catch (error) {
      this.set({ models: [], problem: explain(error, this.client.address) });
    }
  }

  choose(modelId: string): void {
    if (modelId === this.state.modelId) return;
    const model = this.state.models.find(one => one.id === modelId);
    this.set({ modelId, weights: [...(model?.defaultWeights ?? [])], threshold: model?.threshold ?? 0.5, summary: undefined });
  }

  /** @param images brings the images to the server and says where they are */
  async segment(images: (signal: AbortSignal, progress: (text: string) => void) => Promise<Source>, raters = false): Promise<void> {
    const model = this.model;
    if (!model) return;
    this.again = () => this.segment(images, raters);
    await this.run('Reading the images.', async signal => {
      const source = await images(signal, status => this.set({ status }));
      const request = create(SegmentRequestSchema, {
        modelId: model.id,
        source,
        weights: { values: this.state.weights },
        outputs: [Output.MASK, Output.UNCERTAINTY, ...(raters ? [Output.RATER_MASKS] : [])],
        options: { threshold: this.state.threshold },
      });
      await this.take(model, this.client.segment(request, signal), signal);
    });
  }

  /** Takes effect at once on the sliders and, when they rest, on the mask. */
  weigh(weights: number[], threshold = this.state.threshold): void {
    this.set({ weights, threshold });
    clearTimeout(this.timer);
    if (this.state.summary) this.timer = setTimeout(() => void this.reweight(), DEBOUNCE_MS);
  }

  /** DICOM objects of what is on screen, made by the server from the same images. */
  async objects(): Promise<Uint8Array[]> {
    const files: Uint8Array[] = [];
    const request = this.objectsRequest();
    if (!request) return files;
    await this.run('Making the DICOM objects.', async signal => {
      for await (const said of this.client.segment(request, signal)) {
        if (said.kind === 'progress') this.show(said.progress);
        if (said.kind === 'object') files.push(said.content);
      }
    });
    return files;
  }

  /**
   * The same objects, sent by the server itself.
   * @returns how many the PACS has taken; 0 where it is away and the server goes on trying, which the note says
   */
  async send(pacs: string): Promise<number> {
    let sent = 0;
    const request = this.objectsRequest();
    if (!request) return sent;
    await this.run('Making the DICOM objects.', async signal => {
      for await (const said of this.client.send(request, pacs, signal)) {
        if (said.kind === 'progress') this.show(said.progress);
        if (said.kind === 'sent') sent++;
        if (said.kind === 'warning') this.set({ note: said.warning.message });
        if (said.kind === 'warning' && said.warning.reason === 'EXPORT_WAITS') {
          sent = 0;
          return;
        }
      }
    });
    return sent;
  }

  private objectsRequest(): SegmentRequest | undefined {
    const { summary, weights, threshold } = this.state;
    if (!summary || !this.model) return undefined;
    return create(SegmentRequestSchema, {
      modelId: this.model.id,
      source: { from: { case: 'sessionId', value: summary.sessionId } },
      weights: { values: weights },
      outputs: [Output.DICOM_SEG, Output.DICOM_PARAMETRIC_MAP],
      options: { threshold },
    });
  }

  cancel(): void {
    this.running?.abort();
    clearTimeout(this.timer);
    this.set({ busy: false, progress: undefined, status: 'Cancelled.' });
  }

  /** The study is closed. */
  close(): void {
    this.running?.abort();
    clearTimeout(this.timer);
    if (this.state.summary) void this.client.release(this.state.summary.sessionId);
    this.set({ summary: undefined, busy: false, status: '', note: '', problem: undefined, progress: undefined });
  }

  say(note: string): void {
    this.set({ note });
  }

  fail(error: unknown): void {
    this.set({ problem: explain(error, this.client.address) });
  }

  private async reweight(): Promise<void> {
    const model = this.model;
    const { summary, weights, threshold } = this.state;
    if (!model || !summary) return;
    if (!weights.some(weight => weight > 0)) return this.set({ status: 'At least one rater has to count; move a slider up.' });
    const request = create(ReweightRequestSchema, {
      sessionId: summary.sessionId,
      weights: { values: weights },
      outputs: [Output.MASK, Output.UNCERTAINTY],
      threshold,
      clientSequence: ++this.sequence,
      slices: summary.grid ? this.shown.onScreen(summary.grid) : [],
    });
    await this.run('', signal => this.take(model, this.client.reweight(request, signal), signal));
  }

  /** The latest call wins: the one before is ended, and nothing of it is shown any more. */
  private async run(status: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.running?.abort();
    const mine = (this.running = new AbortController());
    this.set({ busy: true, problem: undefined, status: status || this.state.status, progress: undefined });
    try {
      await work(mine.signal);
      if (!mine.signal.aborted) this.set({ busy: false, progress: undefined, status: 'Done.' });
    } catch (error) {
      if (mine.signal.aborted) return;
      const problem = explain(error, this.client.address);
      this.set({ busy: false, progress: undefined, status: '' });
      if (problem.code === 'NOT_FOUND' && this.state.summary && this.again) {
        this.set({ summary: undefined }); // expired on the server: asked again from the start, once
        return this.again();
      }
      this.set({ problem });
    }
  }

  private async take(model: Model, answer: AsyncIterable<Said>, signal: AbortSignal): Promise<void> {
    let maps: Answer['maps'] = [];
    let summary: Summary | undefined;
    const show = async () => {
      if (!summary || maps.length === 0 || signal.aborted) return;
      const { keptEdit } = await this.shown.show({ model, summary, maps });
      this.set({ summary: isPart(maps) ? this.state.summary : summary, note: keptEdit ? 'You edited the mask, so it was left as it is; the new answer is a segmentation of its own.' : this.state.note });
      maps = [];
    };
    for await (const said of answer) {
      if (signal.aborted) return;
      if (said.kind === 'progress') {
        await show(); // the next answer is being computed: the one before is whole
        this.show(said.progress);
      } else if (said.kind === 'warning') this.set({ note: said.warning.message });
      else if (said.kind === 'map') maps.push(said);
      else if (said.kind === 'summary') {
        await show();
        summary = said.summary;
      }
    }
    await show();
  }

  private show({ stage, done, total, queuePosition }: Progress): void {
    const name = Stage[stage].toLowerCase();
    const status = queuePosition ? `${queuePosition} jobs are before this one` : total ? `${name} ${done} of ${total}` : name;
    this.set({ status, progress: total ? done / total : undefined });
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.listeners.forEach(listener => listener());
  }
}
