/**
 * Synchronous reads of WebGPU in a browser. There is one way: copy the numbers to a canvas as
 * colours, and read the pixels of the canvas. tfjs makes three canvases for each read, and after
 * some thousand reads the browser's GPU process ends; here the three are made once. One canvas
 * ignores alpha and gives the colours unchanged; the other treats colours as premultiplied by
 * alpha, and gives the alpha.
 */
import { util } from '@tensorflow/tfjs-core';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { deviceLostOf } from '../lost';
import { fail } from '../../core';

/**
 * The part of the browser that this library uses; its full types would let Node's code use it too.
 */
interface Texture {
  readonly width: number;
}
interface GpuContext {
  readonly configure: (how: {
    readonly device: object;
    readonly format: 'bgra8unorm';
    readonly usage: number;
    readonly alphaMode: 'opaque' | 'premultiplied';
  }) => void;
  readonly getCurrentTexture: () => Texture;
}
interface PixelContext {
  readonly clearRect: (x: number, y: number, width: number, height: number) => void;
  readonly drawImage: (from: Canvas, x: number, y: number) => void;
  readonly getImageData: (
    x: number,
    y: number,
    width: number,
    height: number,
  ) => { readonly data: Uint8ClampedArray };
}
interface Canvas {
  readonly getContext: ((kind: 'webgpu') => GpuContext | null) &
    ((kind: '2d', how: { readonly willReadFrequently: true }) => PixelContext | null);
}
declare const OffscreenCanvas: new (width: number, height: number) => Canvas;

/** tfjs's record of a tensor, and its queue of commands: the parts that this library uses. */
interface Inner {
  readonly device: object;
  readonly tensorMap: {
    readonly get: (id: object) => {
      readonly resource: { readonly size: number } | null;
      readonly values: unknown;
      readonly dtype: 'float32' | 'int32' | 'bool';
    };
  };
  readonly ensureCommandEncoderReady: () => void;
  readonly endComputePassEncoder: () => void;
  readonly submitQueue: () => void;
  readonly commandEncoder: {
    readonly copyBufferToTexture: (from: object, to: object, size: object) => void;
  };
  readonly convertAndCacheOnCPU: (id: object, values: Float32Array) => unknown;
}

const SIDE = 256;
/** GPUTextureUsage.COPY_DST */
const COPY_DST = 0x2;

const present = <A>(context: A | null): A =>
  context ?? fail('backend', 'webgpu', 'a canvas for synchronous reads', 'none (read asynchronously)');

const canvasesFor = (device: object) => {
  const gpu = (alphaMode: 'opaque' | 'premultiplied') => {
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    const context = present(canvas.getContext('webgpu'));
    context.configure({ device, format: 'bgra8unorm', usage: COPY_DST, alphaMode });
    return { canvas, texture: () => context.getCurrentTexture() };
  };
  const pixels = present(new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true }));
  return { opaque: gpu('opaque'), premultiplied: gpu('premultiplied'), pixels };
};

/**
 * The rectangles of whole rows, and of the rest of a row, that `count` pixels fill, from the first
 * pixel on.
 */
const rectangles = (count: number): readonly (readonly [first: number, width: number, height: number])[] => {
  const parts: (readonly [number, number, number])[] = [];
  for (let first = 0; first < count;) {
    const left = count - first;
    const height = Math.min(SIDE, Math.floor(left / SIDE));
    const [width, rows] = height > 0 ? [SIDE, height] : [left, 1];
    parts.push([first, width, rows]);
    first += width * rows;
  }
  return parts;
};

/** Gives the backend synchronous reads that do not exhaust the browser. */
export const readByCanvas = (backend: WebGPUBackend): void => {
  // Boundary with tfjs: the backend's own means for reads, which its type calls private.
  const inner = backend as unknown as Inner;
  const stock = backend.readSync.bind(backend);
  let made: ReturnType<typeof canvasesFor> | undefined;
  backend.readSync = (dataId) => {
    const { resource, values, dtype } = inner.tensorMap.get(dataId);
    if (values != null || resource === null) return stock(dataId);
    made ??= canvasesFor(inner.device);
    const { opaque, premultiplied, pixels } = made;
    const bytes = new Uint8ClampedArray(resource.size);
    inner.endComputePassEncoder();
    for (const [first, width, height] of rectangles(resource.size / 4))
      for (const side of [opaque, premultiplied]) {
        inner.ensureCommandEncoderReady();
        inner.commandEncoder.copyBufferToTexture(
          { buffer: resource, bytesPerRow: 4 * SIDE, offset: 4 * first },
          { texture: side.texture() },
          { width, height },
        );
        inner.submitQueue();
        pixels.clearRect(0, 0, width, height);
        pixels.drawImage(side.canvas, 0, 0);
        const { data } = pixels.getImageData(0, 0, width, height);
        for (let i = 0, to = 4 * first; i < data.length; i += 4, to += 4)
          if (side === premultiplied) bytes[to + 3] = data[i + 3] ?? 0;
          else {
            // The canvas holds blue first, its pixels red.
            bytes[to] = data[i + 2] ?? 0;
            bytes[to + 1] = data[i + 1] ?? 0;
            bytes[to + 2] = data[i] ?? 0;
          }
      }
    if (deviceLostOf(backend) !== undefined)
      return fail('backend', 'webgpu', 'numbers that can be read', 'a device that is lost');
    const read = util.convertBackendValuesAndArrayBuffer(bytes.buffer, dtype);
    // Boundary with tfjs: of a numeric dtype these are numbers.
    inner.convertAndCacheOnCPU(dataId, read as Float32Array);
    return read;
  };
};
