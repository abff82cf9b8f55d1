/**
 * `GramLagsWide` and `ConvolutionAdjointWide` for the WASM backend: AᵀA and AᵀH of a convolution
 * for `RidgeWide`, in float64 except for sums of at most 128 terms. A has a row for each output
 * position: the patch of the images [N, H, W, C] under the filter, in the order row, column,
 * channel of the filter, and a one.
 */
import { Slice, type TensorInfo } from '@tensorflow/tfjs-core';
import { fail } from '../../core';
import { infoOf, numbers, shape4 } from '../convolutionInfo';
import { type ImageAxis, lagIn, linesOf, rememberedPlans, type LagTerm } from './lags';
import { type Team } from './team';
import { fours, twos, withAreas } from './areas';
import { addressOf, as, kernelOf, ownKernel, run, Temporaries } from './kernel';
import { filled } from './result';
import { type FilterSums, withFilterSums } from './shape';
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
      const use = (shape: number): void => {
        team.call('sumFilterWide', shape, to, channelsFirst ? c : 1, 1, size);
      };
      withFilterSums(team, backend, [{ x, dy: h, info, use }]);
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
    const temporary = new Temporaries(backend);
    const gram = (out: TensorInfo): void => {
      withAreas(team, (areas) => {
        const to = addressOf(backend, out);
        team.call('zeroDoubles', to, size * size);
        // [kh, 2·kw − 1, c, c]: lags of rows from zero on, of columns from 1 − kw. Within a row, those of columns that are negative
        // are transposes of others, which no block on or below the diagonal needs.
        const across = 2 * kw - 1;
        const lags = areas.room(kh * across * c * c);
        /** Σ of `lagged`, moved by each lag, times `own`, as [lagRows, lagColumns, c, c] at an address. */
        const correlated = (
          own: TensorInfo,
          lagged: TensorInfo,
          [lagRows, lagColumns]: readonly [number, number],
          pad: readonly (readonly [number, number])[],
          address: number,
        ): FilterSums => {
          const sliding = { strides: [1, 1], pad: [[0, 0], ...pad, [0, 0]], dataFormat: 'NHWC' };
          const info = infoOf(name, lagged.shape, [lagRows, lagColumns, c, c], sliding, false);
          const use = (shape: number): void => {
            team.call('sumFilterWide', shape, address, 1, c, 1);
          };
          return { x: lagged, dy: own, info, use };
        };
        const beside = [kw - 1, kw - 1] as const;
        const addressAt = (place: number): number => lags + 8 * place * c * c;
        const ofImages = [
          correlated(x, x, [1, kw], [[0, 0], [0, kw - 1]], addressAt(kw - 1)), // prettier-ignore
          ...(kh > 1 ? [correlated(x, x, [kh - 1, across], [[-1, kh - 1], beside], addressAt(across))] : []),
        ];
        const sums = areas.room(twos(c));
        columnSums(from, images * height * width, c, sums);

        /** Where the result of each strip is: in that of its line, or by itself. */
        const found = new Map<number, number>();
        /** A row or a column of all images, as the rows of one image. */
        const lineAt = (isColumn: boolean, at: number): TensorInfo => {
          const begin = isColumn ? [0, 0, at, 0] : [0, at, 0, 0];
          const size = isColumn ? [images, height, 1, c] : [images, 1, width, c];
          const line = temporary.keep(run(kernelOf(Slice), backend, { x }, { begin, size }));
          return as(line, [1, images, isColumn ? height : width, c]);
        };
        const cut = new Map<string, TensorInfo>();
        const cutAt = (isColumn: boolean, at: number): TensorInfo => {
          const key = `${String(isColumn)} ${at}`;
          const line = cut.get(key) ?? lineAt(isColumn, at);
          cut.set(key, line);
          return line;
        };
        const ofLines = linesOf(strips).map((line): FilterSums => {
          const { isColumn, at, across, first, lags: count } = line;
          const result = areas.room(count * c * c);
          for (const number of line.strips) {
            const strip = strips[number];
            if (strip !== undefined) found.set(number, result + 8 * c * c * lagIn(line, strip));
          }
          const along = [-first, first + count - 1] as const;
          const [own, lagged] = [cutAt(isColumn, at), cutAt(isColumn, at + across)];
          return correlated(own, lagged, [1, count], [[0, 0], along], result);
        });
        // The large items come last, when threads take few at a time.
        withFilterSums(team, backend, [...ofLines, ...ofImages]);
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
        if (ofStrips.length > 0)
          team.withWords(ofStrips.flat(), (words) => {
            const args = [from, images, height, width, c, words];
            const worth = images * ofStrips.length * c * c >= WORTH_SHARING;
            team.share('correlate', args, ofStrips.length, 1, worth);
          });

        const termWords = ({ taps: [row, column], strip, lag, sign }: LagTerm): readonly number[] => [
          strip !== undefined
            ? (found.get(strip) ?? fail('shape', name, 'a strip', 'none'))
            : lag === undefined
              ? sums
              : addressAt(lag[0] * across + lag[1] + kw - 1),
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
    };
    try {
      return filled(backend, doubles(taps + 1, taps + 1), gram);
    } finally {
      temporary.free();
    }
  });
};
