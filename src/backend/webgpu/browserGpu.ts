/** Where a page finds WebGPU, and what to say where it does not. */
import { fail } from '../../core';
import { type Gpu } from './types';

/** As much of a page's globals as is asked for here. */
export interface PageScope {
  readonly isSecureContext?: boolean;
  readonly navigator: { readonly gpu?: Gpu };
}

/** `navigator.gpu`; a `Fault` where there is none. */
export const browserGpu = ({ isSecureContext, navigator: { gpu } }: PageScope): Gpu =>
  gpu ??
  (isSecureContext === true
    ? fail(
        'backend',
        'webgpu',
        'a browser with WebGPU (update it, or take webgl or wasm)',
        'no navigator.gpu',
      )
    : fail(
        'backend',
        'webgpu',
        'a secure context (serve the page by https, or from localhost)',
        'an insecure one, in which browsers hide navigator.gpu',
      ));
