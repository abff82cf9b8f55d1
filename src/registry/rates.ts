/** Learning rates in configurations: a number, or one that changes over the updates. */
import { cosine, joined, type LearningRate, warmup } from '../optimizer';
import { anyNumber, closed, type Codec, type Decoded, positive, recordOr, that, wholeFrom } from './codec';

const notNegative = that(anyNumber, 'a number of at least 0', (n) => n >= 0);

const Schedule = closed(
  'a learning rate',
  { peak: positive },
  {
    /** Updates over which it rises from 0 along a line. Default: none. */
    warmup: wholeFrom(1),
    /** Updates after the warm-up over which it falls along half a cosine. Default: it stays. */
    cosine: wholeFrom(1),
    /** Where the cosine ends. Default 0. */
    last: notNegative,
  },
);
type Schedule = Decoded<typeof Schedule>;

/** As a configuration has it: plain data. */
export type RateConfig = number | Schedule;

/** `0.1`, or `{ "peak": 0.1, "warmup": 50, "cosine": 950, "last": 0.001 }`. */
export const rate: Codec<RateConfig> = recordOr(Schedule, positive);

/**
 * The rate of a configuration at update t = 0, 1, 2, …:
 *
 *     η(t) = peak·(t + 1)/warmup                                    for t < warmup
 *     η(t) = last + (peak − last)·(1 + cos(π·min(1, (t − warmup)/cosine)))/2      from then on
 */
export const rateOf = (config: RateConfig): number | LearningRate => {
  if (typeof config === 'number') return config;
  const { peak, warmup: rising = 0, cosine: falling, last } = config;
  const then = falling === undefined ? peak : cosine(peak, falling, last);
  return rising === 0 ? then : joined([{ rate: warmup(peak, rising), steps: rising }], then);
};
