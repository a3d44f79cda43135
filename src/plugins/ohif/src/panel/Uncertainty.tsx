import { useState } from 'preact/hooks';
import { GRADIENT, MOST } from '../colours';
import type { Overlay } from '../overlay';
import { Range, Tick } from './Controls';
import { row, section } from './styles';

/** The colour overlay of the raters' disagreement, with its legend. */
export function Uncertainty({ overlay, hasRaters }: { overlay: Overlay; hasRaters: boolean }) {
  const [on, setOn] = useState(true);
  const [threshold, setThreshold] = useState(0.05);
  const [opacity, setOpacity] = useState(0.5);
  const [raters, setRaters] = useState(false);
  return (
    <div style={section}>
      <Tick name="Uncertainty" id="uncertainty" value={on} set={setOn} done={value => overlay.setLook({ uncertainty: value })} />
      <div style={{ background: GRADIENT, height: 10 }} />
      <div style={row}>
        {[0, MOST / 2, MOST].map(value => (
          <span key={value}>{value.toFixed(2)}</span>
        ))}
      </div>
      <Range name="from" id="uncertainty-from" value={threshold} most={MOST} set={setThreshold} done={value => overlay.setLook({ threshold: value })} />
      <Range name="opacity" id="uncertainty-opacity" value={opacity} most={1} set={setOpacity} done={value => overlay.setLook({ opacity: value })} />
      {hasRaters && (
        <Tick name="each rater's outline" id="raters" value={raters} set={setRaters} done={value => overlay.setLook({ raters: value })} />
      )}
    </div>
  );
}
