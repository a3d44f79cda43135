/** From the server's grid to the slices on screen. Stack and volume order differ, so slices are met by their UIDs, never by number. */
import type { Grid, MapHeader } from './gen/mrnet/imaging/v1/event_pb';

/** The slice of the grid that an image shows, or -1. A multi-frame object has one UID for all: its frames count from 1. */
export function sliceOf(grid: Grid, sopUid: string, imageId: string): number {
  const first = grid.sopUids.indexOf(sopUid);
  if (first < 0 || grid.sopUids.indexOf(sopUid, first + 1) < 0) return first;
  const frame = Number(/\/frames\/(\d+)/.exec(imageId)?.[1] ?? 1);
  const frames = grid.sopUids.flatMap((uid, k) => (uid === sopUid ? [k] : []));
  return frames[frame - 1] ?? -1;
}

/** One slice of a map on the whole grid, rows x columns; zeros outside the map's box. */
export function sliceOfMap(grid: Grid, header: MapHeader, values: Uint8Array | Float32Array, slice: number): Float32Array {
  const whole = new Float32Array(grid.rows * grid.columns);
  const k = slice - header.z0;
  if (k < 0 || k >= header.slices) return whole;
  for (let row = 0; row < header.rows; row++) {
    const from = (k * header.rows + row) * header.columns;
    whole.set(values.subarray(from, from + header.columns), (header.y0 + row) * grid.columns + header.x0);
  }
  return whole;
}

/** Whether maps say something of a slice: those of a part of an answer leave the slices outside it as they are. */
export const speakOf = (maps: { header: MapHeader }[], slice: number) =>
  !isPart(maps) || maps.some(({ header }) => slice >= header.z0 && slice < header.z0 + header.slices);

/** Some slices alone, answered before the rest. */
export const isPart = (maps: { header: MapHeader }[]) => maps.some(({ header }) => header.replacesBoxOnly);

/** Pixels of a mask whose left, right, upper or lower neighbour is outside: a rater's outline. */
export function outline(mask: Float32Array, columns: number): Float32Array {
  return mask.map((inside, at) => {
    const column = at % columns;
    const edge = column === 0 || column === columns - 1 || !mask[at - 1] || !mask[at + 1] || !mask[at - columns] || !mask[at + columns];
    return inside && edge ? 1 : 0;
  });
}
