/**
 * Batches as examples on the host, and streams of events that are read to their end, for the laws
 * of training and evaluation.
 */
import { type Example, type ExampleArrays, toHost, type TrainEvent, type Tree } from '../src';

/**
 * Copies a batch to the host as examples.
 *
 * @param batch its `input` and its `target`
 *
 * @example streamExamples(batch).count // 3
 */
export const streamExamples = ({ input, target }: Example): ExampleArrays => {
  const [count = 0, ...shape] = input.shape;
  const targets =
    target.dtype === 'int32' ? Int32Array.from(toHost(target)) : Float32Array.from(toHost(target));
  return {
    ...{ shape, count, targets },
    inputs: Float32Array.from(toHost(input)),
    targetShape: target.shape.slice(1),
  };
};

/**
 * Reads the stream of a training to its end. The tensors that it hands over are yours.
 *
 * @param stream the events
 * @param onEvent told of each event. Default: nothing
 *
 * @example
 * const events = await eventsOf(train(net, loss, { ...options, epochs: 1 }));
 * events.at(-1)?.tag // 'done'
 */
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
