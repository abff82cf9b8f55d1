import { describe, it } from 'vitest';
import { testBackends } from '../support';
import { layerTableOn } from './layerTable';

// cpu and wasm have files of their own in Node, so that they run side by side.
const rest = testBackends.filter(
  (backend) => process.env['PROXPROP_BACKENDS'] !== undefined && backend !== 'cpu',
);

for (const backend of rest) layerTableOn(backend);

describe.skipIf(rest.length > 0)('layers on a GPU', () => {
  it.skip('needs a GPU: npm run test:gpu', () => undefined);
});
