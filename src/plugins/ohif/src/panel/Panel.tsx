import { useEffect, useState } from 'preact/hooks';
import { useSyncExternalStore } from 'preact/compat';
import type { Plugin } from '../extension';
import { Errors } from './Errors';
import { Measures } from './Measures';
import { Progress } from './Progress';
import { Uncertainty } from './Uncertainty';
import { Weights } from './Weights';
import { button, section } from './styles';

/** The whole panel; what it shows lives in the session, so that hiding the tab loses nothing. */
export function Panel({ plugin }: { plugin: Plugin }) {
  const state = useSyncExternalStore(plugin.session.subscribe, plugin.session.snapshot);
  const modality = useModality(plugin);
  const [raters, setRaters] = useState(false);
  const [asking, setAsking] = useState(false);

  useEffect(() => {
    if (modality !== undefined) void plugin.session.load(modality);
  }, [plugin, modality]);

  const save = async () => {
    setAsking(false);
    try {
      const count = await plugin.save();
      if (count > 0) plugin.session.say(`${count} objects are in the PACS now, in the list of the study's series.`);
    } catch (error) {
      plugin.session.fail(error);
    }
  };

  return (
    <div data-cy="mrnet-panel" style={{ color: '#e6e6f0', fontSize: 13, padding: 8 }}>
      <div style={section}>
        <label htmlFor="mrnet-model">Model</label>
        <select id="mrnet-model" data-cy="mrnet-model" value={state.modelId} disabled={state.busy} onChange={event => plugin.session.choose(event.currentTarget.value)} style={{ width: '100%', background: '#041c4a' }}>
          {state.models.map(model => (
            <option key={model.id} value={model.id} disabled={!model.ready}>
              {model.displayName}
            </option>
          ))}
        </select>
        <label>
          <input type="checkbox" data-cy="mrnet-with-raters" checked={raters} onChange={event => setRaters(event.currentTarget.checked)} /> each rater's outline, too
        </label>
        <button
          data-cy="mrnet-segment"
          style={button}
          disabled={!state.busy && !state.modelId}
          onClick={() => (state.busy ? plugin.session.cancel() : void plugin.segment(raters))}
        >
          {state.busy ? 'Cancel' : 'Segment'}
        </button>
        <Progress state={state} />
        <Errors problem={state.problem} retry={() => (state.models.length ? void plugin.segment(raters) : void plugin.session.load(modality ?? ''))} />
        {state.note && <p data-cy="mrnet-note">{state.note}</p>}
      </div>
      {plugin.session.model && <Weights model={plugin.session.model} state={state} weigh={(weights, threshold) => plugin.session.weigh(weights, threshold)} />}
      {state.summary && plugin.session.model && (
        <>
          <Uncertainty overlay={plugin.overlay} hasRaters={raters} />
          <Measures overlay={plugin.overlay} model={plugin.session.model} summary={state.summary} />
          <div style={section}>
            {asking ? (
              <>
                <p>A segmentation and two maps will be written into the PACS, each as a series of its own.</p>
                <button style={button} data-cy="mrnet-save-yes" onClick={() => void save()}>
                  Write them
                </button>
                <button style={button} onClick={() => setAsking(false)}>
                  Not now
                </button>
              </>
            ) : (
              <button style={button} data-cy="mrnet-save" disabled={state.busy} onClick={() => setAsking(true)}>
                Save to PACS
              </button>
            )}
          </div>
        </>
      )}
      <p style={{ opacity: 0.6 }}>Not a medical device.</p>
    </div>
  );
}

/** Modality of the active series, as the server names it; undefined while nothing is shown. */
function useModality(plugin: Plugin): string | undefined {
  const read = () => {
    const series = plugin.series();
    return series && (series.Modality === 'XC' ? 'OP' : series.Modality);
  };
  const [modality, setModality] = useState(read);
  useEffect(() => {
    setModality(read());
    return plugin.onSeriesChange(() => setModality(read()));
  }, [plugin]);
  return modality;
}
