import { useState } from 'preact/hooks';
import type { StructureStat, Summary } from '../gen/mrnet/imaging/v1/event_pb';
import type { Model } from '../gen/mrnet/imaging/v1/model_pb';
import type { Overlay } from '../overlay';
import { Range } from './Controls';
import { section } from './styles';

/** Each structure with its size and the range over the raters; a tick shows or hides it. */
export function Measures({ overlay, model, summary }: { overlay: Overlay; model: Model; summary: Summary }) {
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [opacity, setOpacity] = useState(0.5);
  const toggle = (structure: number) => {
    const next = new Set(hidden);
    if (!next.delete(structure)) next.add(structure);
    setHidden(next);
    overlay.setVisible(structure, !next.has(structure));
  };
  return (
    <div style={section}>
      <table data-cy="mrnet-measures" style={{ width: '100%' }}>
        <thead>
          <tr style={{ textAlign: 'left' }}>
            <th />
            <th>size</th>
            <th>over the raters</th>
          </tr>
        </thead>
        <tbody>
          {summary.stats.map(stat => (
            <tr key={stat.structure}>
              <td>
                <label>
                  <input type="checkbox" checked={!hidden.has(stat.structure)} onChange={() => toggle(stat.structure)} /> {model.structures.find(one => one.number === stat.structure)?.label}
                </label>
              </td>
              <td>{sizeOf(stat)}</td>
              <td>{stat.ml > 0 && `${stat.mlLeast.toFixed(2)} to ${stat.mlMost.toFixed(2)} ml`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Range name="mask opacity" id="mask-opacity" value={opacity} most={1} set={setOpacity} done={value => overlay.setMaskOpacity(value)} />
    </div>
  );
}

function sizeOf({ ml, areaMm2, voxels }: StructureStat): string {
  if (ml > 0) return `${ml.toFixed(2)} ml`;
  return areaMm2 > 0 ? `${areaMm2.toFixed(1)} mm²` : `${voxels} pixels`;
}
