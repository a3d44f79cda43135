import type { State } from '../session';

export function Progress({ state }: { state: State }) {
  return (
    <div data-cy="mrnet-status" aria-live="polite">
      {state.busy && <progress value={state.progress} max={1} style={{ width: '100%' }} />}
      <span>{state.status}</span>
    </div>
  );
}
