import { layerTableOn } from './layerTable';

layerTableOn('wasm');
