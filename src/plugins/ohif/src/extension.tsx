import { render } from 'preact';
import { createElement } from 'react';
import { ServerClient } from './client';
import { imagesOf } from './images';
import type { DisplaySet, Given } from './ohif';
import { Overlay } from './overlay';
import { Panel } from './panel/Panel';
import { refresh, store } from './saving';
import { Session } from './session';

/** What app-config.js says of the server; nothing secret. */
interface Settings {
  /** URL of the server's pages; empty: where this page came from. */
  server?: string;
  /** The name by which the server knows OHIF's PACS. */
  pacs?: string;
}

/** Everything the panel needs, made once for the page. */
export class Plugin {
  readonly session: Session;
  readonly overlay: Overlay;
  readonly server: string;
  private readonly client: ServerClient;

  constructor(private readonly given: Given) {
    const settings = this.settings;
    this.server = settings.server || globalThis.location.origin;
    this.client = new ServerClient(this.server, () => this.authorization());
    const libraries = given.extensionManager.getModuleEntry('@ohif/extension-cornerstone.utilityModule.common').exports.getCornerstoneLibraries();
    this.overlay = new Overlay(given.servicesManager.services, libraries);
    this.session = new Session(this.client, this.overlay);
  }

  /** The series of the active viewport; segmentations and maps lying over it are not it. */
  series(): DisplaySet | undefined {
    const { viewportGridService, displaySetService } = this.given.servicesManager.services;
    const { activeViewportId, viewports } = viewportGridService.getState();
    return (viewports.get(activeViewportId)?.displaySetInstanceUIDs ?? [])
      .map(uid => displaySetService.getDisplaySetByUID(uid))
      .find(series => series && series.instances?.length > 0 && !['SEG', 'RTSTRUCT', 'SR'].includes(series.Modality));
  }

  onSeriesChange(listener: () => void): () => void {
    const { viewportGridService } = this.given.servicesManager.services;
    const subscriptions = ['ACTIVE_VIEWPORT_ID_CHANGED', 'GRID_STATE_CHANGED']
      .map(name => viewportGridService.EVENTS[name])
      .flatMap(event => (event ? [viewportGridService.subscribe(event, listener)] : []));
    return () => subscriptions.forEach(subscription => subscription.unsubscribe());
  }

  async segment(raters: boolean): Promise<void> {
    const series = this.series();
    if (!series) return;
    this.overlay.place(series);
    const wadoRoot = this.dataSource.getConfig().wadoRoot ?? '';
    await this.session.segment(imagesOf(series, this.client, { wadoRoot, name: this.settings.pacs ?? '', authorization: () => this.authorization() }), raters);
  }

  /** @returns how many objects the PACS has taken */
  async save(): Promise<number> {
    const series = this.series();
    if (!series) return 0;
    const { pacs } = this.settings;
    const isKnown = pacs && (await this.client.server()).pacs.includes(pacs);
    const count = isKnown ? await this.session.send(pacs) : await store(this.dataSource, await this.session.objects());
    if (count > 0) await refresh(this.dataSource, series.StudyInstanceUID);
    return count;
  }

  private get settings(): Settings {
    return (globalThis as unknown as { config?: { mrnet?: Settings } }).config?.mrnet ?? {};
  }

  private get dataSource() {
    return this.given.extensionManager.getActiveDataSource()[0]!;
  }

  private authorization(): string | undefined {
    return this.given.servicesManager.services.userAuthenticationService.getAuthorizationHeader()?.Authorization;
  }
}

let plugin: Plugin | undefined;

/**
 * OHIF does not share its React, so it gets a plain div, and the panel lives in it on its own. The panel is Preact: React's own
 * renderer alone would be half of the bundle.
 */
function mounting(given: Given) {
  let place: HTMLElement | null = null;
  return (element: HTMLElement | null) => {
    if (place) render(null, place);
    place = element;
    if (place) render(<Panel plugin={(plugin ??= new Plugin(given))} />, place);
  };
}

export default {
  id: 'mrnet-imaging',

  getPanelModule: (given: Given) => {
    const ref = mounting(given);
    const component = () => createElement('div', { ref, style: { height: '100%', overflowY: 'auto' } });
    return [{ name: 'mrnet', iconName: 'tab-segmentation', iconLabel: 'MRNet', label: 'MRNet', component }];
  },

  getCommandsModule: (given: Given) => {
    const instance = () => (plugin ??= new Plugin(given));
    return {
      definitions: {
        'mrnet.segment': { commandFn: ({ raters = false } = {}) => instance().segment(raters) },
        'mrnet.reweight': { commandFn: ({ weights }: { weights: number[] }) => instance().session.weigh(weights) },
        'mrnet.save': { commandFn: () => instance().save() },
      },
      defaultContext: 'DEFAULT',
    };
  },

  onModeExit: () => plugin?.session.close(),
};
