/** What a computation did: its kernels in order, and how their tensors are connected. */
import {
  type BackendValues,
  type DataType,
  engine,
  type KernelBackend,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Phase } from '../core';
import {
  type Check,
  type DataId,
  type Heard,
  heardBy,
  type KernelInputs,
  type KernelListener,
  unheard,
  type Worked,
} from './hearing';

/** Data as a kernel takes it or gives it: data number `slot`, in a shape. */
export interface Use {
  readonly slot: number;
  /** Never changed; tfjs's types do not say so. */
  readonly shape: number[];
  readonly dtype: DataType;
}

/** A kernel that ran, with the slots of its inputs by name. */
export interface KernelEvent extends Omit<Heard, 'inputs' | 'outputs'> {
  readonly tag: 'kernel';
  /** Whether the kernel took a list. */
  readonly isList: boolean;
  readonly inputs: readonly (readonly [string, Use | undefined])[];
  readonly outputs: readonly Use[];
}

/** Numbers of the host that became a tensor. */
export interface WrittenEvent {
  readonly tag: 'written';
  readonly values: BackendValues;
  readonly output: Use;
}

/** A check of numbers, which has no result. */
export interface CheckedEvent {
  readonly tag: 'checked';
  readonly input: Use;
  readonly check: Check;
}

/** Work that is done anew each time. */
export interface WorkEvent extends Omit<Worked, 'inputs' | 'outputs'> {
  readonly tag: 'work';
  readonly inputs: readonly Use[];
  readonly outputs: readonly Use[];
}

export type Event = KernelEvent | WrittenEvent | CheckedEvent | WorkEvent;

/** A part of a computation, which counts as one phase of a profile. */
export interface RecordedPart {
  readonly phase: Phase;
  readonly events: readonly Event[];
}

/** Tensors on a backend, by their shapes. */
export interface Arguments {
  readonly backend: KernelBackend;
  readonly arguments: readonly Use[];
}

/** All of a computation: its first slots are those of its arguments. */
export interface Recorded extends Arguments {
  readonly parts: readonly RecordedPart[];
  /** What the first part gives. */
  readonly found: Use;
  readonly results: readonly Use[];
}

/** A computation that is being recorded. */
export interface Recorder {
  /** Ends the first part, which has found this. What `seen` does with it is not recorded. */
  readonly pause: (found: Tensor, seen: () => void) => void;
}

/** A result, and the record of how it came about; none if it cannot be repeated by its kernels alone. */
export interface Seen<A> {
  readonly value: A;
  readonly recorded: Recorded | undefined;
}

const useOf = (slot: number, { shape, dtype }: TensorInfo): Use => ({ slot, shape: [...shape], dtype });

/** Slots in the order in which their data are met. */
const counted = () => {
  const slots = new Map<DataId, number>();
  const slotOf = (dataId: DataId): number => {
    const slot = slots.get(dataId) ?? slots.size;
    slots.set(dataId, slot);
    return slot;
  };
  return { slots, slotOf };
};

/** What `recordedBy` would take these tensors for. */
export const argumentsOf = (given: readonly Tensor[]): Arguments => {
  const { slotOf } = counted();
  return { backend: engine().backend, arguments: given.map((x) => useOf(slotOf(x.dataId), x)) };
};

/** Hears of work, and counts each use of a tensor that is neither given to it nor made by work. */
const insideOf = (onOutside: () => void): KernelListener['inside'] => {
  const made = new WeakSet<DataId>();
  return (inputs) => {
    const given = new Set(inputs.map(({ dataId }) => dataId));
    const used = (dataId: DataId): void => {
      if (!given.has(dataId) && !made.has(dataId)) onOutside();
    };
    const inner: KernelListener = {
      kernel: ({ inputs: of, outputs }) => {
        for (const x of Object.values(of)) if (x != null) used(x.dataId);
        for (const { dataId } of outputs) made.add(dataId);
      },
      written: (dataId) => made.add(dataId),
      read: used,
      checked: ({ dataId }) => {
        used(dataId);
      },
      inside: () => inner,
      worked: () => undefined,
    };
    return inner;
  };
};

/**
 * Runs `f` on tensors and records it. It cannot be repeated by its kernels alone if it reads a tensor
 * (unless by `asWork`), if it uses one that is neither an argument nor made inside, or if a backend
 * tells nobody.
 *
 * `resultsOf` are the tensors of the result; a result of which one is missing is not repeated either.
 */
export const recordedBy = <A>(
  given: readonly Tensor[],
  phases: readonly [Phase, Phase],
  f: (recorder: Recorder) => A,
  resultsOf: (value: A) => readonly Tensor[] | undefined,
): Seen<A> => {
  const { slots, slotOf } = counted();
  /** What cannot be repeated: reads, tensors from outside, texts, and kernels that give data of another. */
  const count = { obstacles: 0 };
  /** A use of known data. */
  const known = (x: TensorInfo): Use => {
    const slot = slots.get(x.dataId);
    if (slot === undefined) count.obstacles++;
    return useOf(slot ?? -1, x);
  };
  // Arguments may share their data.
  const own = given.map((x) => useOf(slotOf(x.dataId), x));
  const events: [Event[], Event[]] = [[], []];
  let [now] = events;
  let found: Use | undefined;
  const usesOf = (inputs: KernelInputs): KernelEvent['inputs'] =>
    Object.entries(inputs).map(([name, x]) => [name, x == null ? undefined : known(x)]);
  const value = heardBy(
    {
      kernel: ({ inputs, outputs, ...heard }) => {
        const uses = usesOf(inputs);
        // Other shapes of the same data are no work.
        const isOther = outputs.filter(({ dataId }) => slots.has(dataId)).length;
        if (isOther > 0) {
          const shared = outputs.every(({ dataId }) => uses.some(([, x]) => x?.slot === slots.get(dataId)));
          if (!shared) count.obstacles++;
          return;
        }
        const made = outputs.map((x) => useOf(slotOf(x.dataId), x));
        now.push({ tag: 'kernel', ...heard, isList: Array.isArray(inputs), inputs: uses, outputs: made });
      },
      written: (dataId, values, shape, dtype) => {
        if (!(
          values instanceof Float32Array ||
          values instanceof Int32Array ||
          values instanceof Uint8Array
        )) {
          count.obstacles++;
          return;
        }
        now.push({
          tag: 'written',
          values: values.slice(),
          output: { slot: slotOf(dataId), shape: [...shape], dtype },
        });
      },
      read: () => {
        count.obstacles++;
      },
      checked: (x, check) => {
        now.push({ tag: 'checked', input: known(x), check });
      },
      inside: insideOf(() => {
        count.obstacles++;
      }),
      worked: ({ inputs, outputs, ...worked }) => {
        const uses = inputs.map(known);
        // Outputs that are other shapes of known data would be known under two names.
        if (outputs.some(({ dataId }) => slots.has(dataId))) count.obstacles++;
        const made = outputs.map((x) => useOf(slotOf(x.dataId), x));
        now.push({ tag: 'work', ...worked, inputs: uses, outputs: made });
      },
    },
    () =>
      f({
        pause: (tensor, seen) => {
          found = known(tensor);
          [, now] = events;
          unheard(seen);
        },
      }),
  );
  const results = resultsOf(value)?.map(known);
  const [first, second] = events;
  return {
    value,
    recorded:
      count.obstacles === 0 && results !== undefined && found !== undefined
        ? {
            backend: engine().backend,
            arguments: own,
            parts: [
              { phase: phases[0], events: first },
              { phase: phases[1], events: second },
            ],
            found,
            results,
          }
        : undefined,
  };
};

/** As text, without functions; JSON has no infinities and no −0. */
const shown = (of: unknown): string =>
  JSON.stringify(of, (_, value: unknown) =>
    typeof value === 'number' ? (Object.is(value, -0) ? '-0' : `${value}`) : value,
  );

/** Numbers of the host apart, as they may be many; infinities, NaN and −0 are told apart by their bits. */
const sameEvent = (a: Event, b: Event | undefined): boolean => {
  if (a.tag !== 'written') return shown(a) === shown(b);
  if (b?.tag !== 'written' || shown(a.output) !== shown(b.output)) return false;
  const others = b.values;
  return Array.from<unknown>(a.values).every((x, i) => Object.is(x, others[i]));
};

/** Whether two computations did the same. */
export const sameRecorded = (a: Recorded, b: Recorded): boolean =>
  shown([a.arguments, a.found, a.results]) === shown([b.arguments, b.found, b.results]) &&
  a.parts.every(({ events }, i) => {
    const others = b.parts[i]?.events ?? [];
    return events.length === others.length && events.every((event, j) => sameEvent(event, others[j]));
  });
