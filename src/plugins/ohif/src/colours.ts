/** Colours of the uncertainty: 16 levels from blue over green and yellow to red. */

export const LEVELS = 16;

/** The largest standard deviation that numbers of 0..1 can have. */
export const MOST = 0.5;

/** Level 1..16 of an uncertainty, or 0 below the threshold. */
export const levelOf = (uncertainty: number, threshold: number) =>
  uncertainty <= 0 || uncertainty < threshold ? 0 : Math.min(LEVELS, 1 + Math.floor((uncertainty / MOST) * LEVELS));

/** Red, green, blue 0..255 of a level 1..16. */
export function colourOf(level: number): [number, number, number] {
  const x = (level - 1) / (LEVELS - 1);
  const channel = (centre: number) => Math.round(255 * Math.min(1, Math.max(0, 1.5 - Math.abs(4 * x - centre))));
  return [channel(3), channel(2), channel(1)];
}

/** The legend's stops, as CSS. */
export const GRADIENT = `linear-gradient(to right, ${Array.from({ length: LEVELS }, (_, n) => `rgb(${colourOf(n + 1).join(',')})`).join(', ')})`;
