/** The table of layers on the backends that the run names; `cpu` and `wasm` have files of their own in Node. */
import { testBackends } from '../support';
import { layerTableOn } from './layerTable';

for (const backend of testBackends.filter((name) => name !== 'cpu')) layerTableOn(backend);
