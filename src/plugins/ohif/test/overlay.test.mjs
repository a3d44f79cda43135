import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, GridSchema, MapHeaderSchema, ModelSchema, Output, Overlay, SummarySchema } from '../dist/test/testing.js';

const grid = create(GridSchema, { columns: 2, rows: 1, slices: 3, sopUids: ['1.0', '1.1', '1.2'] });
const model = create(ModelSchema, { id: 'm', structures: [{ number: 1, label: 'Nodule', color: 0xff0000 }] });
const series = { displaySetInstanceUID: 'd', instances: [{ Rows: 1, Columns: 2 }] };

/** The little of OHIF that the overlay calls: labelmaps of three slices in the opposite order of the grid, and one viewport. */
class StubOhif {
  images = new Map();
  current = 'image:2';

  services = {
    segmentationService: {
      createLabelmapForDisplaySet: async (_, { segmentationId }) => [2, 1, 0].forEach(k => this.images.set(`${segmentationId}/${k}`, labelmapImage(`${segmentationId}/${k}`, `image:${k}`))),
      getSegmentation: id => ({ representationData: { Labelmap: { imageIds: [2, 1, 0].map(k => `${id}/${k}`) } } }),
      addSegmentationRepresentation: async () => {},
      setSegmentColor: () => {},
      setStyle: () => {},
    },
    viewportGridService: { getState: () => ({ viewports: new Map([['v', { viewportId: 'v', displaySetInstanceUIDs: ['d'] }]]) }) },
    cornerstoneViewportService: { getCornerstoneViewport: () => ({ getCurrentImageId: () => this.current }) },
  };

  libraries = {
    cornerstone: { cache: { getImage: id => this.images.get(id) }, metaData: { get: (_, id) => ({ SOPInstanceUID: id.replace('image:', '1.') }) } },
    cornerstoneTools: { segmentation: { triggerSegmentationEvents: { triggerSegmentationDataModified: () => {} } } },
  };

  /** Pixels of the labelmap of a role, slice after slice of the grid. */
  pixels = role => [0, 1, 2].map(k => [...[...this.images].find(([id]) => id.includes(role) && id.endsWith(`/${k}`))[1].voxelManager.getScalarData()]);
}

function labelmapImage(imageId, referencedImageId) {
  let data = new Uint8Array(2);
  return { imageId, referencedImageId, voxelManager: { getScalarData: () => data, setScalarData: to => (data = to) } };
}

const map = (kind, values, box) => ({ kind: 'map', header: create(MapHeaderSchema, { kind, structure: 1, columns: 2, rows: 1, slices: 3, ...box }), values: Float32Array.from(values) });
const answer = (...maps) => ({ model, summary: create(SummarySchema, { grid }), maps });

function placed() {
  const ohif = new StubOhif();
  const overlay = new Overlay(ohif.services, ohif.libraries);
  overlay.place(series);
  return { ohif, overlay };
}

test('the slice on screen is met by its UID', () => {
  const { ohif, overlay } = placed();
  assert.deepEqual(overlay.onScreen(grid), [2]);
  ohif.current = 'image:7';
  assert.deepEqual(overlay.onScreen(grid), []);
  ohif.current = undefined;
  assert.deepEqual(overlay.onScreen(grid), []);
});

test('a part of an answer changes its own slices and no others', async () => {
  const { ohif, overlay } = placed();
  await overlay.show(answer(map(Output.MASK, [1, 1, 1, 1, 1, 1]), map(Output.UNCERTAINTY, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])));

  const box = { z0: 2, slices: 1, replacesBoxOnly: true };
  await overlay.show(answer(map(Output.MASK, [1, 0], box), map(Output.UNCERTAINTY, [0, 0.5], box)));

  assert.deepEqual(ohif.pixels('mask'), [[1, 1], [1, 1], [1, 0]]);
  assert.deepEqual(ohif.pixels('uncertainty'), [[16, 16], [16, 16], [0, 16]]);
});

test('the whole answer that follows changes all, and another look is of all', async () => {
  const { ohif, overlay } = placed();
  await overlay.show(answer(map(Output.MASK, [1, 0], { z0: 2, slices: 1, replacesBoxOnly: true }), map(Output.UNCERTAINTY, [0.1, 0.1], { z0: 2, slices: 1, replacesBoxOnly: true })));
  await overlay.show(answer(map(Output.MASK, [0, 1, 0, 1, 0, 1]), map(Output.UNCERTAINTY, [0.1, 0.5, 0.1, 0.5, 0.1, 0.5])));
  await overlay.setLook({ threshold: 0.3 });

  assert.deepEqual(ohif.pixels('mask'), [[0, 1], [0, 1], [0, 1]]);
  assert.deepEqual(ohif.pixels('uncertainty'), [[0, 16], [0, 16], [0, 16]]);
});
