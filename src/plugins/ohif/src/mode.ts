/** The mode "MRNet": OHIF's segmentation mode with our panel first. Our extension is not named in it: app-config has loaded it. */
const PANEL = 'mrnet-imaging.panelModule.mrnet';

/* eslint-disable @typescript-eslint/no-explicit-any -- OHIF's modes have no types in its built app */
interface Loader {
  loadModules(names: string[]): Promise<any[]>;
}

async function modeFactory({ loadModules }: Loader) {
  const [segmentation, basic] = await loadModules(['@ohif/mode-segmentation', '@ohif/mode-basic']);
  const base = segmentation.modeInstance;
  const [route, ...more] = base.routes;
  const layout = route.layoutInstance;
  return {
    ...base,
    id: 'mrnet-mode',
    routeName: 'mrnet',
    displayName: 'MRNet',
    hide: false,
    isValidMode: () => ({ valid: true }),
    onModeEnter: basic.modeInstance.onModeEnter, // the segmentation mode's own hides our panel when a mask appears
    routes: [{ ...route, path: 'mrnet', layoutInstance: { ...layout, props: { ...layout.props, rightPanels: [PANEL, ...layout.props.rightPanels] } } }, ...more],
  };
}

export default { id: 'mrnet-mode', modeFactory, extensionDependencies: {} };
