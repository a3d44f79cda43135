import { useState } from 'preact/hooks';
import { GRADIENT, MOST } from '../colours';
import type { Overlay } from '../overlay';
import { row, section } from './styles';

/** The colour overlay of the raters' disagreement, with its legend. */
export function Uncertainty({ overlay, hasRaters }: { overlay: Overlay; hasRaters: boolean }) {
  const [on, setOn] = useState(true);
  const [threshold, setThreshold] = useState(0.05);
  const [opacity, setOpacity] = useState(0.5);
  const [raters, setRaters] = useState(false);
  return (
    <div style={section}>
      <label style={row}>
        <strong>Uncertainty</strong>
        <input
          type="checkbox"
          data-cy="mrnet-uncertainty"
          checked={on}
          onChange={event => {
            setOn(event.currentTarget.checked);
            void overlay.setLook({ uncertainty: event.currentTarget.checked });
          }}
        />
      </label>
      <div style={{ background: GRADIENT, height: 10 }} />
      <div style={row}>
        {[0, MOST / 2, MOST].map(value => (
          <span key={value}>{value.toFixed(2)}</span>
        ))}
      </div>
      <Range name="from" value={threshold} most={MOST} set={setThreshold} done={value => overlay.setLook({ threshold: value })} />
      <Range name="opacity" value={opacity} most={1} set={setOpacity} done={value => overlay.setLook({ opacity: value })} />
      {hasRaters && (
        <label style={row}>
          <span>each rater's outline</span>
          <input
            type="checkbox"
            data-cy="mrnet-raters"
            checked={raters}
            onChange={event => {
              setRaters(event.currentTarget.checked);
              void overlay.setLook({ raters: event.currentTarget.checked });
            }}
          />
        </label>
      )}
    </div>
  );
}

function Range({ name, value, most, set, done }: { name: string; value: number; most: number; set: (value: number) => void; done: (value: number) => void }) {
  return (
    <label style={row}>
      <span>
        {name} {value.toFixed(2)}
      </span>
      <input
        type="range"
        data-cy={`mrnet-uncertainty-${name}`}
        min={0}
        max={most}
        step={0.01}
        value={value}
        onInput={event => {
          set(Number(event.currentTarget.value));
          done(Number(event.currentTarget.value));
        }}
      />
    </label>
  );
}
