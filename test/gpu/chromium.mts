/** Debian's Chromium, and the switches by which it runs WebGL and WebGPU on its software adapters. */
export const chromium = '/usr/bin/chromium';

export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  // Without this one, reads through a canvas (the synchronous reads of tfjs) end the GPU's process.
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];
