/** A plan: a recorded computation, ready to run on other tensors of the same shapes. */
import { engine, type NamedTensorInfoMap, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { fail, inPhase, type Phase, sameShape } from '../core';
import { type DataId } from './hearing';
import { type Arguments, type Event, type RecordedPart, type Recorded, type Use } from './recorded';

/** An event, and the slots that nothing uses after it. */
interface PlannedEvent {
  readonly event: Event;
  readonly frees: readonly number[];
}

/** What runs, on arguments of which shapes. */
export interface KernelPlan extends Arguments {
  readonly parts: readonly { readonly phase: Phase; readonly events: readonly PlannedEvent[] }[];
  readonly found: Use;
  readonly results: readonly Use[];
}

const slotsOf = (uses: readonly (Use | undefined)[]): readonly number[] =>
  uses.flatMap((use) => use?.slot ?? []);

/** The slots that an event fills, and those that it reads. */
const flowOf = (event: Event): { readonly made: readonly number[]; readonly used: readonly number[] } => {
  switch (event.tag) {
    case 'kernel':
      return { made: slotsOf(event.outputs), used: slotsOf(event.inputs.map(([, use]) => use)) };
    case 'written':
      return { made: [event.output.slot], used: [] };
    case 'checked':
      return { made: [], used: [event.input.slot] };
    case 'work':
      return { made: slotsOf(event.outputs), used: slotsOf(event.inputs) };
    default:
      return event satisfies never;
  }
};

/** Whether an event does more than to make its outputs: a check may throw, and work may have reports. */
const hasEffect = ({ tag }: Event): boolean => tag === 'checked' || tag === 'work';

/** A plan frees by its own count, so no kernel may write its results where an input lies. */
const apart = (event: Event): Event =>
  event.tag === 'kernel' && 'over' in event.attrs ? { ...event, attrs: { ...event.attrs, over: [] } } : event;

/** The parts without what no result needs, and the slots that each event uses for the last time. */
const planned = ({ parts, found, results, arguments: given }: Recorded): KernelPlan['parts'] => {
  const needed = new Set([...given, found, ...results].map(({ slot }) => slot));
  /** From the end: a slot that is met for the first time is used for the last time. */
  const backwards = ({ phase, events }: RecordedPart): KernelPlan['parts'][number] => {
    const kept: PlannedEvent[] = [];
    for (const event of [...events].reverse()) {
      const { made, used } = flowOf(event);
      if (!hasEffect(event) && !made.some((slot) => needed.has(slot))) continue;
      const touched = [...new Set([...made, ...used])];
      const frees = touched.filter((slot) => !needed.has(slot));
      for (const slot of touched) needed.add(slot);
      kept.push({ event: apart(event), frees });
    }
    return { phase, events: kept.reverse() };
  };
  return [...parts].reverse().map(backwards).reverse();
};

/** The plan of a recorded computation. */
export const planOf = (recorded: Recorded): KernelPlan => ({
  backend: recorded.backend,
  arguments: recorded.arguments,
  parts: planned(recorded),
  found: recorded.found,
  results: recorded.results,
});

/**
 * Whether tensors are alive, have the shapes and types of the arguments of a plan, and share data
 * where they did.
 */
export const fits = ({ backend, arguments: uses }: Arguments, given: readonly Tensor[]): boolean => {
  if (engine().backend !== backend || given.length !== uses.length) return false;
  const data: DataId[] = [];
  const seen = new Map<DataId, number>();
  return given.every(({ dataId, shape, dtype, isDisposed }, i) => {
    const use = uses[i];
    if (use === undefined || isDisposed || dtype !== use.dtype) return false;
    if (!sameShape(shape, use.shape)) return false;
    if ((data[use.slot] ?? dataId) !== dataId || (seen.get(dataId) ?? use.slot) !== use.slot) return false;
    data[use.slot] = dataId;
    seen.set(dataId, use.slot);
    return true;
  });
};

/** A plan that runs, part by part. Each part gives nothing if a kernel fails, and nothing of the run is left then. */
export interface PlanRun {
  /** Runs the first part, and gives what it has found. */
  readonly first: () => Tensor | undefined;
  /** Runs the second, and gives the results. You dispose of them, and of what the first has found. */
  readonly second: () => readonly Tensor[] | undefined;
  /** Ends the run in between: all that it made is freed. */
  readonly abandon: () => void;
}

/** A run of a plan on arguments that fit it. */
export const begun = (
  { backend, parts, found, results, arguments: uses }: KernelPlan,
  given: readonly Tensor[],
): PlanRun => {
  const data = new Map<number, DataId>();
  for (const [i, { dataId }] of given.entries()) data.set(uses[i]?.slot ?? i, dataId);
  /** The slots whose data belong to this run, and to no tensor. */
  const owned = new Set<number>();
  const tensors: Tensor[] = [];
  /** The tensors that work gets and gives, by slot: they own their data in place of this run. */
  const held = new Map<number, Tensor[]>();
  const dataAt = (slot: number): DataId =>
    data.get(slot) ?? fail('backend', 'plan', 'data that were made before they are used', 'none');
  const own = (use: Use | undefined, dataId: DataId): void => {
    if (use === undefined) return;
    data.set(use.slot, dataId);
    owned.add(use.slot);
  };
  const infoOf = ({ slot, shape, dtype }: Use): TensorInfo => ({ dataId: dataAt(slot), shape, dtype });
  const tensorOf = (use: Use): Tensor => {
    // An argument and another result keep their data.
    if (!owned.delete(use.slot)) backend.incRef(dataAt(use.slot));
    const tensor = engine().makeTensorFromTensorInfo(infoOf(use), backend);
    tensors.push(tensor);
    return tensor;
  };
  const hold = (slot: number, tensor: Tensor): void => {
    held.set(slot, [...(held.get(slot) ?? []), tensor]);
  };
  /** The tensor of a use, which is the same for all work. */
  const heldAt = (use: Use): Tensor => {
    const isIt = ({ shape, dtype }: Tensor): boolean => dtype === use.dtype && sameShape(shape, use.shape);
    const found = held.get(use.slot)?.find(isIt);
    if (found !== undefined) return found;
    const made = tensorOf(use);
    hold(use.slot, made);
    return made;
  };
  const free = (slot: number): void => {
    if (owned.delete(slot)) backend.disposeData(dataAt(slot));
    for (const tensor of held.get(slot) ?? []) tensor.dispose();
    held.delete(slot);
  };
  const execute = (event: Event): void => {
    switch (event.tag) {
      case 'checked': {
        const values = backend.readSync(dataAt(event.input.slot));
        if (!Array.isArray(values)) event.check(values);
        return;
      }
      case 'written': {
        const { values, output } = event;
        own(output, backend.write(values, output.shape, output.dtype));
        return;
      }
      case 'work': {
        for (const [i, tensor] of event.work(event.inputs.map(heldAt)).entries()) {
          const slot = event.outputs[i]?.slot ?? fail('backend', 'plan', 'as many results as before', 'more');
          tensors.push(tensor);
          data.set(slot, tensor.dataId);
          hold(slot, tensor);
        }
        return;
      }
      case 'kernel': {
        // Boundary with tfjs: a list goes for a map of its indices, and an input may be missing.
        const inputs = (event.isList ? [] : {}) as NamedTensorInfoMap;
        for (const [name, use] of event.inputs) if (use !== undefined) inputs[name] = infoOf(use);
        const out = event.run({ inputs, attrs: event.attrs, backend });
        if (!Array.isArray(out)) own(event.outputs[0], out.dataId);
        else for (const [i, { dataId }] of out.entries()) own(event.outputs[i], dataId);
        return;
      }
      default:
        event satisfies never;
    }
  };
  const abandon = (): void => {
    for (const slot of owned) backend.disposeData(dataAt(slot));
    owned.clear();
    for (const tensor of tensors) tensor.dispose();
  };
  /** Runs a part, then `then`. */
  const after = <A>(part: KernelPlan['parts'][number] | undefined, then: () => A): A | undefined => {
    try {
      return inPhase(part?.phase ?? 'other', () => {
        for (const { event, frees } of part?.events ?? []) {
          execute(event);
          for (const slot of frees) free(slot);
        }
        return then();
      });
    } catch {
      // The caller has another way, which fails too, and says where.
      abandon();
      return undefined;
    }
  };
  return {
    first: () => after(parts[0], () => tensorOf(found)),
    second: () =>
      after(parts[1], () => {
        const made = results.map(tensorOf);
        for (const slot of [...held.keys()]) free(slot);
        return made;
      }),
    abandon,
  };
};
