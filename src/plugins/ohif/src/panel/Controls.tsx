import { row } from './styles';

export function Tick({ name, id, value, set, done }: { name: string; id: string; value: boolean; set: (value: boolean) => void; done: (value: boolean) => void }) {
  return (
    <label style={row}>
      <span>{name}</span>
      <input
        type="checkbox"
        data-cy={`mrnet-${id}`}
        checked={value}
        onChange={event => {
          set(event.currentTarget.checked);
          done(event.currentTarget.checked);
        }}
      />
    </label>
  );
}

/** Shows its value; `done` is told with each move. */
export function Range({ name, id, value, most, set, done }: { name: string; id: string; value: number; most: number; set: (value: number) => void; done: (value: number) => void }) {
  return (
    <label style={row}>
      <span>
        {name} {value.toFixed(2)}
      </span>
      <input
        type="range"
        data-cy={`mrnet-${id}`}
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
