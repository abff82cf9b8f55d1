import { A_TWENTIETH } from '../support';
import { layerTableOn } from './layerTable';

// The laws are of layers; what differs here is the kernels, which tests of their own compare with those of wasm.
layerTableOn('cpu', A_TWENTIETH);
