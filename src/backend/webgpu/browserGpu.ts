/** Finds WebGPU in a page, and explains why it is missing. */
import { fail } from '../../core';
import { type Gpu } from './types';

/** The globals of a page that this library uses. */
export interface PageScope {
  readonly isSecureContext?: boolean;
  readonly navigator: { readonly gpu?: Gpu };
}

/** `navigator.gpu`. Throws a `Fault` if it is missing. */
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
