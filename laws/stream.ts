/** Batches as examples on the host, and streams of events read to their end: what laws of training and evaluation are made of. */
import { type Example, type ExampleArrays, toHost, type TrainEvent, type Tree } from '../src';

/** A batch as examples on the host. */
export const examplesOf = ({ input, target }: Example): ExampleArrays => {
  const [count = 0, ...shape] = input.shape;
  const targets =
    target.dtype === 'int32' ? Int32Array.from(toHost(target)) : Float32Array.from(toHost(target));
  return {
    ...{ shape, count, targets },
    inputs: Float32Array.from(toHost(input)),
    targetShape: target.shape.slice(1),
  };
};

/** Read a stream to its end; what it hands over belongs to the reader. */
export const eventsOf = async <P extends Tree.Tree>(
  stream: AsyncIterable<TrainEvent<P>>,
  onEvent: (event: TrainEvent<P>) => void = () => undefined,
): Promise<readonly TrainEvent<P>[]> => {
  const events: TrainEvent<P>[] = [];
  for await (const event of stream) {
    events.push(event);
    onEvent(event);
  }
  return events;
};
