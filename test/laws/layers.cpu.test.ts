import { layerTableOn } from './layerTable';

layerTableOn('cpu');
