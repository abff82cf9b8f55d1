/**
 * `GramLagsWide` and `ConvolutionAdjointWide` for the WASM backend: AᵀA and AᵀH of a convolution
 * for `RidgeWide`, in float64 except for sums of at most 128 terms. A has a row for each output
 * position: the patch of the images [N, H, W, C] under the filter, in the order row, column,
 * channel of the filter, and a one.
 */
import { fail } from '../../core';
import { infoOf, numbers, shape4 } from '../convolutionInfo';
import { type ImageAxis, lagIn, linesOf, rememberedPlans, type LagTerm } from './lags';
import { type Team } from './team';
import { fours, twos, withAreas } from './areas';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';
import { withFilterSums } from './shape';
import { doubles } from './wide';

/** Multiply-adds, or numbers that are read, from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

export const installWasmLags = (team: Team): void => {
  const planOf = rememberedPlans();
  /** The sums over the rows of a float32 matrix [rows, n], as n float64 numbers. */
  const columnSums = (x: number, rows: number, n: number, out: number): void => {
    withAreas(team, (areas) => {
      const items = team.call('columnItems', rows);
      const size = twos(n);
      const sums = areas.zeros(items * size);
      team.share('sumColumns', [x, rows, n, sums, size], items, 1, rows * n >= WORTH_SHARING);
      if (items > 1) team.share('joinParts', [sums, size, items], team.call('bandItems', size), 1, false);
      team.call('copyDoubles', sums, size, out, size, 1, n);
    });
  };

  ownKernel('ConvolutionAdjointWide', ({ x, h }, { filterShape, channelsFirst, ...sliding }, backend) => {
    const name = 'ConvolutionAdjointWide';
    const filter = shape4(name, filterShape);
    const [kh, kw, c, units] = filter;
    const info = infoOf(name, x.shape, filter, sliding, false);
    const taps = kh * kw * c;
    return filled(backend, doubles(units, taps + 1), (out) => {
      const size = fours(taps + 1);
      const to = addressOf(backend, out);
      team.call('zeroDoubles', to, fours(units) * size);
      withFilterSums(team, backend, { x, dy: h }, info, (shape) => {
        team.call('sumFilterWide', shape, to, channelsFirst ? c : 1, 1, size);
      });
      withAreas(team, (areas) => {
        const sums = areas.room(twos(units));
        columnSums(
          addressOf(backend, h),
          h.shape.slice(0, 3).reduce((a, b) => a * b, 1),
          units,
          sums,
        );
        // One number of each row of AᵀH.
        team.call('copyDoubles', sums, 1, to + 8 * taps, size, units, 1);
      });
    });
  });

  ownKernel('GramLagsWide', ({ x }, { kernel, before, out: outputs }, backend) => {
    const name = 'GramLagsWide';
    const [images, height, width, c] = shape4(name, x.shape);
    const [kh, kw] = numbers(kernel);
    const [top, left] = numbers(before);
    const [outHeight, outWidth] = numbers(outputs);
    const rows: ImageAxis = { extent: height, taps: kh, outputs: outHeight, before: top };
    const columns: ImageAxis = { extent: width, taps: kw, outputs: outWidth, before: left };
    const { strips, terms } = planOf(rows, columns);
    const taps = kh * kw * c;
    const size = fours(taps + 1);
    const block = twos(c * c);
    const from = addressOf(backend, x);
    return filled(backend, doubles(taps + 1, taps + 1), (out) => {
      withAreas(team, (areas) => {
        const to = addressOf(backend, out);
        team.call('zeroDoubles', to, size * size);
        // [kh, 2·kw − 1, c, c]: lags of rows from zero on, of columns from 1 − kw. Within a row, those of columns that are negative
        // are transposes of others, which no block on or below the diagonal needs.
        const across = 2 * kw - 1;
        const lags = areas.room(kh * across * c * c);
        const correlatedAt = (
          [lagRows, lagColumns]: readonly [number, number],
          pad: readonly (readonly [number, number])[],
          place: number,
        ): void => {
          const sliding = { strides: [1, 1], pad: [[0, 0], ...pad, [0, 0]], dataFormat: 'NHWC' };
          const info = infoOf(name, x.shape, [lagRows, lagColumns, c, c], sliding, false);
          withFilterSums(team, backend, { x, dy: x }, info, (shape) => {
            team.call('sumFilterWide', shape, lags + 8 * place * c * c, 1, c, 1);
          });
        };
        const beside = [kw - 1, kw - 1] as const;
        correlatedAt([1, kw], [[0, 0], [0, kw - 1]], kw - 1); // prettier-ignore
        if (kh > 1) correlatedAt([kh - 1, across], [[-1, kh - 1], beside], across);
        const sums = areas.room(twos(c));
        columnSums(from, images * height * width, c, sums);

        const lines = linesOf(strips);
        /** Where the result of each strip is: in that of its line, or by itself. */
        const found = new Map<number, number>();
        const ofLines = lines.map((line): readonly number[] => {
          const result = areas.zeros(line.lags * c * c);
          for (const number of line.strips) {
            const strip = strips[number];
            if (strip !== undefined) found.set(number, result + 8 * c * c * lagIn(line, strip));
          }
          return [Number(line.isColumn), line.at, line.across, line.first, line.lags, result];
        });
        const ofStrips = strips.flatMap((strip, number): readonly (readonly number[])[] => {
          if (found.has(number)) return [];
          const { row, column, lag } = strip;
          const result = areas.zeros(block);
          found.set(number, result);
          return [
            [
              ...(row === undefined ? [0, height - 1] : [row, row]),
              ...(column === undefined ? [0, width - 1] : [column, column]),
              ...(lag ?? [0, 0]),
              ...[lag === undefined ? 1 : 0, result],
            ],
          ];
        });
        const correlated = (kernel: string, list: readonly (readonly number[])[], places: number): void => {
          if (list.length === 0) return;
          team.withWords(list.flat(), (words) => {
            const args = [from, images, height, width, c, words];
            team.share(kernel, args, list.length, 1, images * list.length * places * c * c >= WORTH_SHARING);
          });
        };
        correlated('correlateLines', ofLines, Math.max(height, width) * kw);
        correlated('correlate', ofStrips, 1);

        const termWords = ({ taps: [row, column], strip, lag, sign }: LagTerm): readonly number[] => [
          strip !== undefined
            ? (found.get(strip) ?? fail('shape', name, 'a strip', 'none'))
            : lag === undefined
              ? sums
              : lags + 8 * (lag[0] * across + lag[1] + kw - 1) * c * c,
          to + 8 * ((row === undefined ? taps : row * c) * size + column * c),
          sign,
          row === undefined ? 1 : c,
        ];
        team.withWords(terms.flatMap(termWords), (list) => {
          team.call('addTerms', list, terms.length, c, size);
        });
        team.call('storeDouble', to + 8 * (taps * size + taps), images * outHeight * outWidth);
        team.call('transposeLower', to, size);
      });
    });
  });
};
