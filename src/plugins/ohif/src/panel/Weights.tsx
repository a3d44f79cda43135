import type { Model } from '../gen/mrnet/imaging/v1/model_pb';
import type { State } from '../session';
import { row, section } from './styles';

/** One slider per rater, with presets; the mask follows while they move. */
export function Weights({ model, state, weigh }: { model: Model; state: State; weigh: (weights: number[], threshold?: number) => void }) {
  const presets: [string, number[]][] = [
    ['reset', [...model.defaultWeights]],
    ['all equal', model.raters.map(() => 1)],
    ...model.raters.map(({ displayName, id }, n): [string, number[]] => [`only ${displayName || id}`, model.raters.map((_, other) => Number(other === n))]),
  ];
  return (
    <div style={section}>
      <strong>How much each rater counts</strong>
      <select data-cy="mrnet-preset" value="" onChange={event => weigh(presets[Number(event.currentTarget.value)]![1])} style={{ background: '#041c4a' }}>
        <option value="">presets</option>
        {presets.map(([name], n) => (
          <option key={name} value={n}>
            {name}
          </option>
        ))}
      </select>
      {model.raters.map(({ id, displayName }, n) => (
        <label key={id} style={row}>
          <span>{displayName || id}</span>
          <input
            type="range"
            data-cy={`mrnet-weight-${n}`}
            min={0}
            max={1}
            step={0.01}
            value={state.weights[n] ?? 0}
            onInput={event => weigh(state.weights.map((weight, other) => (other === n ? Number(event.currentTarget.value) : weight)))}
          />
        </label>
      ))}
      <label style={row}>
        <span>mask from probability {state.threshold.toFixed(2)}</span>
        <input type="range" data-cy="mrnet-threshold" min={0.01} max={1} step={0.01} value={state.threshold} onInput={event => weigh(state.weights, Number(event.currentTarget.value))} />
      </label>
    </div>
  );
}
