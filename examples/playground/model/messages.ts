/** What page and worker say to each other. Messages carry the number of the request; answers to an older one are dropped. */
import { type HeatCell } from './heat';
import { type Point } from './run';
import { type State } from './state';
import { type SweepView } from './sweep';
import { type Paths, type Quadratic } from './valley';

export type Request =
  | { readonly tag: 'prepare'; readonly id: number; readonly state: State }
  | { readonly tag: 'play'; readonly id: number; readonly pace: number }
  | { readonly tag: 'pause'; readonly id: number }
  | { readonly tag: 'step'; readonly id: number }
  | { readonly tag: 'laws'; readonly id: number; readonly code: string }
  | { readonly tag: 'heat'; readonly id: number; readonly state: State }
  | { readonly tag: 'valley'; readonly id: number; readonly state: State }
  | { readonly tag: 'sweep'; readonly id: number; readonly state: State };

/** What the training examples look like: inputs row by row, and targets. */
export interface ShownData {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** Digits are shown from the test examples. */
  readonly shown: Float32Array;
  readonly shownTargets: Float32Array;
}

/** What one method has come to since the last frame. */
export interface MethodFrame {
  readonly points: readonly Point[];
  /** What the network says of the probes; absent where nothing has changed. */
  readonly seen?: Float32Array;
  /** Why it stopped, in one line. */
  readonly line?: string;
  readonly diverged?: boolean;
}

export type Reply =
  | { readonly tag: 'started'; readonly threads: number; readonly note?: string }
  | {
      readonly tag: 'prepared';
      readonly id: number;
      readonly data: ShownData;
      readonly parameters: number;
      readonly links: readonly string[];
    }
  | { readonly tag: 'frame'; readonly id: number; readonly methods: readonly MethodFrame[] }
  | { readonly tag: 'finished'; readonly id: number }
  | { readonly tag: 'law'; readonly id: number; readonly line: string; readonly held: boolean }
  | { readonly tag: 'judged'; readonly id: number; readonly held: boolean }
  | { readonly tag: 'cell'; readonly id: number; readonly cell: HeatCell }
  | { readonly tag: 'filled'; readonly id: number }
  | {
      readonly tag: 'paths';
      readonly id: number;
      readonly eta: number;
      readonly paths: Paths;
      readonly quadratic: Quadratic;
    }
  | { readonly tag: 'swept'; readonly id: number; readonly view: SweepView }
  | { readonly tag: 'failed'; readonly id: number; readonly line: string };
