import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../client';
import { button } from './styles';

/** What, why, what to do; the rest behind "Details". A busy server counts down before it may be asked again. */
export function Errors({ problem, retry }: { problem?: Problem; retry: () => void }) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(problem?.retryAfter ?? 0);
    const timer = setInterval(() => setLeft(seconds => Math.max(0, seconds - 1)), 1000);
    return () => clearInterval(timer);
  }, [problem]);
  if (!problem) return null;
  return (
    <div role="alert" data-cy="mrnet-error" style={{ border: '1px solid #e05a5a', borderRadius: 4, padding: 8 }}>
      <p>{problem.message}</p>
      <button style={button} disabled={left > 0} onClick={retry}>
        {left > 0 ? `Retry in ${left} s` : 'Retry'}
      </button>
      <details>
        <summary>Details</summary>
        <code>{problem.details || problem.code}</code>
      </details>
    </div>
  );
}
