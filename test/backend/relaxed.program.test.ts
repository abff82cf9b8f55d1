/** The kernels with relaxed SIMD: what is fused, what `start` says of it, and that their sums are as good. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { relaxedSimd } from '../../src';
import { deflated, fusing } from '../../src/backend/wasm/kernels/binary';
import { kernelBytes } from '../../src/backend/wasm/kernels/bytes';
import { bytesOf } from '../../src/backend/wasm/webAssembly';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');

/** What a program prints, on an engine with relaxed SIMD: Node 20 has it by a flag. */
const printed = (body: string): unknown => {
  const flags = relaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd'];
  const program = `const { start, relaxedSimd } = require('./src');
    const { matMul, tensor2d } = require('@tensorflow/tfjs-core');
    (async () => { console.log(JSON.stringify(await (async () => { ${body} })())); })();`;
  const args = [...flags, ...typeScript, '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
};

const answer = (options: string): string =>
  `const { heap, ...running } = (await start('wasm', ${options})()).right; return running;`;

describe('relaxed SIMD', () => {
  it('changes the products that are added to sums, and nothing else', async () => {
    const plain = await kernelBytes({ shared: false, relaxed: false });
    const relaxed = await kernelBytes({ shared: false, relaxed: true });
    expect(inflateSync(bytesOf(deflated)).equals(plain)).toBe(true);
    expect(relaxed.length).toBe(plain.length);
    const changed = new Set([...relaxed.keys()].filter((i) => relaxed[i] !== plain[i]));
    for (const product of [...fusing.float32, ...fusing.float64]) {
      // The multiplication; then the second and third byte of the addition, behind `local.get`.
      for (const at of [0, 1, 2, 6, 7]) changed.delete(product + at);
      expect(plain[product + 3]).toBe(0x20);
    }
    expect([...changed]).toEqual([]);
    expect([fusing.float32.length, fusing.float64.length]).toEqual([64, 8]);
  });

  it('is off unless it is asked for, and then said in the answer of start', () => {
    expect(printed(answer('{ threads: 1 }'))).toEqual({
      backend: 'wasm',
      simd: true,
      threads: 1,
      relaxed: false,
    });
    expect(
      printed(
        `return [relaxedSimd(), await (async () => { ${answer('{ threads: 1, relaxed: true }')} })()];`,
      ),
    ).toEqual([true, { backend: 'wasm', simd: true, threads: 1, relaxed: true }]);
  });

  it('gives way where the engine lacks it, and says so', () => {
    const without = 'WebAssembly.validate = () => false;';
    expect(printed(`${without} ${answer('{ threads: 1, relaxed: true }')}`)).toEqual({
      backend: 'wasm',
      simd: true,
      threads: 1,
      relaxed: false,
      note: 'wasm runs without relaxed SIMD: this engine lacks it',
    });
  });

  it('rounds a product and its sum once', () => {
    // a² = 1 + 2⁻¹¹ + 2⁻²⁴, of which float32 drops the last: a² − (1 + 2⁻¹¹) is 0, or 2⁻²⁴ where it is rounded once.
    const product = (relaxed: boolean): string => `
      await start('wasm', { threads: 1, relaxed: ${String(relaxed)} })();
      const a = 1 + 2 ** -12;
      const rows = (x, y) => tensor2d(Array.from({ length: 10 }, () => [x, y]), [10, 2]);
      const columns = (x, y) => tensor2d([...Array(16).fill(x), ...Array(16).fill(y)], [2, 16]);
      return [...new Set(matMul(rows(1, a), columns(-(1 + 2 ** -11), a)).dataSync())];`;
    expect(printed(product(false))).toEqual([0]);
    expect(printed(product(true))).toEqual([2 ** -24]);
  });
});
