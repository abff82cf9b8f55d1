/** The part of WebGPU that this library uses; the full types would add a browser. */

export interface GpuDevice {
  /** Fulfilled when the device is lost; never rejects. */
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  readonly destroy: () => void;
}

export interface GpuAdapter {
  readonly limits: object;
  readonly info?: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
  readonly requestDevice: (wanted: { readonly requiredLimits: Record<string, number> }) => Promise<GpuDevice>;
}

/** `navigator.gpu`. */
export interface Gpu {
  readonly requestAdapter: (wanted: {
    readonly powerPreference: 'high-performance';
  }) => Promise<GpuAdapter | null>;
}
