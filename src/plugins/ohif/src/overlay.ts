/** The only file that touches cornerstone: masks, uncertainty and raters' outlines as labelmaps on the series they belong to. */
import { Problem, type Said } from './client';
import { LEVELS, colourOf, levelOf } from './colours';
import type { Grid } from './gen/mrnet/imaging/v1/event_pb';
import type { Model, Structure } from './gen/mrnet/imaging/v1/model_pb';
import { Output } from './gen/mrnet/imaging/v1/request_pb';
import type { Cornerstone, DisplaySet, LabelmapImage, Services } from './ohif';
import type { Answer, Shown } from './session';
import { isPart, outline, sliceOf, sliceOfMap, speakOf } from './slices';

type Map = Extract<Said, { kind: 'map' }>;

interface Segment {
  label: string;
  color: [number, number, number];
}

/** One labelmap of OHIF: which pixels we wrote last, to see whether somebody has drawn in it since. */
interface Labelmap {
  id: string;
  written: globalThis.Map<string, Uint8Array>;
}

export class Overlay implements Shown {
  private series?: DisplaySet;
  private readonly labelmaps = new Map<string, Labelmap>();
  private answer?: Answer;
  private count = 0;
  private look = { uncertainty: true, threshold: 0.05, opacity: 0.5, raters: false };

  constructor(
    private readonly services: Services,
    private readonly libraries: Cornerstone,
  ) {}

  /** The series that answers belong to, whichever viewport is active when they come. */
  place(series: DisplaySet): void {
    if (series.displaySetInstanceUID !== this.series?.displaySetInstanceUID) this.labelmaps.clear();
    this.series = series;
  }

  async show(answer: Answer): Promise<{ keptEdit: boolean }> {
    const { grid } = answer.summary;
    if (!grid || !this.series) return { keptEdit: false };
    this.check(grid);
    if (!isPart(answer.maps)) this.answer = answer;
    const keptEdit = await this.showMasks(answer, grid);
    await this.showUncertainty(answer);
    if (!isPart(answer.maps)) await this.showRaters();
    return { keptEdit };
  }

  onScreen(grid: Grid): number[] {
    const images = this.series ? this.viewports().map(viewport => this.services.cornerstoneViewportService.getCornerstoneViewport(viewport)?.getCurrentImageId?.()) : [];
    const slices = images.flatMap(image => (image ? [sliceOf(grid, this.sopUid(image), image)] : []));
    return [...new Set(slices)].filter(slice => slice >= 0);
  }

  async setLook(look: Partial<Overlay['look']>): Promise<void> {
    const before = this.look;
    this.look = { ...before, ...look };
    if (this.look.uncertainty !== before.uncertainty || this.look.threshold !== before.threshold) await this.showUncertainty();
    if (this.look.raters !== before.raters) await this.showRaters();
    const shown = this.labelmaps.get('uncertainty');
    if (shown && this.look.opacity !== before.opacity) this.setStyle(shown.id, this.look.opacity);
  }

  setVisible(structure: number, visible: boolean): void {
    const shown = this.labelmaps.get('mask');
    for (const viewport of this.viewports()) if (shown) this.services.segmentationService.setSegmentVisibility(viewport, shown.id, structure, visible, 'Labelmap');
  }

  setMaskOpacity(opacity: number): void {
    const shown = this.labelmaps.get('mask');
    if (shown) this.services.segmentationService.setStyle({ segmentationId: shown.id, type: 'Labelmap' }, { fillAlpha: opacity });
  }

  private async showMasks({ model, maps }: Answer, grid: Grid): Promise<boolean> {
    const masks = ofKind(maps, Output.MASK);
    if (masks.length === 0) return false;
    const keptEdit = this.edited('mask');
    if (keptEdit) this.labelmaps.delete('mask');
    const shown = await this.labelmap('mask', `MRNet ${model.displayName}`, segmentsOf(model), 0.5);
    this.write(shown, grid, masks, slice => {
      const pixels = new Uint8Array(grid.rows * grid.columns);
      for (const { header, values } of masks) sliceOfMap(grid, header, values, slice).forEach((inside, at) => inside && (pixels[at] = header.structure));
      return pixels;
    });
    return keptEdit;
  }

  private async showUncertainty(answer = this.answer): Promise<void> {
    const { grid } = answer?.summary ?? {};
    const maps = ofKind(answer?.maps ?? [], Output.UNCERTAINTY);
    if (!grid || maps.length === 0) return;
    const { uncertainty, threshold, opacity } = this.look;
    const levels = Array.from({ length: LEVELS }, (_, n) => ({ label: `from ${((n / LEVELS) * 0.5).toFixed(2)}`, color: colourOf(n + 1) }));
    const shown = await this.labelmap('uncertainty', 'MRNet uncertainty', levels, opacity, false);
    this.write(shown, grid, maps, slice => Uint8Array.from(largest(maps, grid, slice), value => (uncertainty ? levelOf(value, threshold) : 0)));
  }

  private async showRaters(): Promise<void> {
    const { grid } = this.answer?.summary ?? {};
    const maps = ofKind(this.answer?.maps ?? [], Output.RATER_MASKS);
    if (!grid || !this.answer || maps.length === 0 || (!this.look.raters && !this.labelmaps.has('raters'))) return;
    const { raters } = this.answer.model;
    const segments = raters.map((rater, n) => ({ label: rater.displayName || rater.id, color: colourOf(1 + Math.round((n * (LEVELS - 1)) / Math.max(1, raters.length - 1))) }));
    const shown = await this.labelmap('raters', 'MRNet raters', segments, 1, false);
    this.write(shown, grid, maps, slice => {
      const pixels = new Uint8Array(grid.rows * grid.columns);
      if (this.look.raters)
        for (const { header, values } of maps) {
          const rater = 1 + raters.findIndex(one => one.id === header.rater);
          outline(sliceOfMap(grid, header, values, slice), grid.columns).forEach((edge, at) => edge && (pixels[at] = rater));
        }
      return pixels;
    });
  }

  private async labelmap(role: string, label: string, segments: Segment[], opacity: number, outlines = true): Promise<Labelmap> {
    const present = this.labelmaps.get(role);
    if (present && this.services.segmentationService.getSegmentation(present.id)) return present;
    const { segmentationService } = this.services;
    const id = `mrnet-${role}-${this.series!.displaySetInstanceUID}-${this.count++}`;
    await segmentationService.createLabelmapForDisplaySet(this.series!, {
      segmentationId: id,
      label,
      segments: Object.fromEntries(segments.map(({ label }, n) => [n + 1, { segmentIndex: n + 1, label, active: n === 0, locked: false, cachedStats: {} }])),
    });
    for (const viewport of this.viewports()) {
      await segmentationService.addSegmentationRepresentation(viewport, { segmentationId: id, type: 'Labelmap' });
      segments.forEach(({ color }, n) => segmentationService.setSegmentColor(viewport, id, n + 1, [...color, 255]));
    }
    this.setStyle(id, opacity, outlines);
    const made = { id, written: new globalThis.Map<string, Uint8Array>() };
    this.labelmaps.set(role, made);
    return made;
  }

  private setStyle(segmentationId: string, opacity: number, outlines = false): void {
    this.services.segmentationService.setStyle(
      { segmentationId, type: 'Labelmap' },
      { renderFill: true, renderOutline: outlines, fillAlpha: opacity, fillAlphaInactive: opacity, renderOutlineInactive: outlines, renderFillInactive: true },
    );
  }

  private write(shown: Labelmap, grid: Grid, maps: Map[], pixelsOf: (slice: number) => Uint8Array): void {
    for (const image of this.images(shown.id)) {
      const slice = sliceOf(grid, this.sopUid(image.referencedImageId), image.referencedImageId);
      if (slice < 0 || !speakOf(maps, slice)) continue;
      const pixels = pixelsOf(slice);
      const stored = image.voxelManager.getScalarData();
      stored.set(pixels);
      image.voxelManager.setScalarData(stored);
      shown.written.set(image.imageId, pixels);
    }
    this.libraries.cornerstoneTools.segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(shown.id);
  }

  private edited(role: string): boolean {
    const shown = this.labelmaps.get(role);
    if (!shown) return false;
    return this.images(shown.id).some(image => shown.written.get(image.imageId)?.some((pixel, at) => pixel !== image.voxelManager.getScalarData()[at]));
  }

  private images(id: string): LabelmapImage[] {
    const ids = this.services.segmentationService.getSegmentation(id)?.representationData.Labelmap?.imageIds ?? [];
    return ids.map(one => this.libraries.cornerstone.cache.getImage(one)).filter(image => image !== undefined);
  }

  private sopUid(imageId: string): string {
    return this.libraries.cornerstone.metaData.get('instance', imageId)?.SOPInstanceUID ?? '';
  }

  private viewports(): string[] {
    return [...this.services.viewportGridService.getState().viewports.values()]
      .filter(viewport => viewport.displaySetInstanceUIDs.includes(this.series!.displaySetInstanceUID))
      .map(viewport => viewport.viewportId);
  }

  private check(grid: Grid): void {
    const first = this.series?.instances[0];
    if (first && (first.Rows !== grid.rows || first.Columns !== grid.columns))
      throw new Problem('FAILED_PRECONDITION', `The answer is ${grid.columns} x ${grid.rows}, the series ${first.Columns} x ${first.Rows}; open the series that was segmented.`);
  }
}

const ofKind = (maps: Map[], kind: Output) => maps.filter(({ header }) => header.kind === kind);

/** Of one slice, the largest over the structures. */
const largest = (maps: Map[], grid: Grid, slice: number): Float32Array =>
  maps
    .map(({ header, values }) => sliceOfMap(grid, header, values, slice))
    .reduce((most, map) => most.map((value, at) => Math.max(value, map[at] ?? 0)), new Float32Array(grid.rows * grid.columns));

const segmentsOf = (model: Model): Segment[] => model.structures.map(({ label, color }: Structure) => ({ label, color: [color >> 16, (color >> 8) & 255, color & 255] }));
