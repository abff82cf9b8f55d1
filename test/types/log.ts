/** What the types of logs and of weights promise, and what they must refuse. */
import {
  chain,
  Key,
  linear,
  type LoadedWeights,
  loadWeights,
  Log,
  logged,
  softmaxCrossEntropy,
  train,
  type TrainOptions,
} from '../../src';

const net = chain(linear(4, 3), linear(3, 2));
const parameters = net.init(Key.key(1));
declare const options: TrainOptions<typeof parameters>;
declare const use: (value: unknown) => void;

export const reading = async (): Promise<void> => {
  // The events are those of the training, and one more.
  for await (const event of logged(
    train(net, softmaxCrossEntropy, options),
    Log.csv('a'),
    Log.jsonLines('b'),
  ))
    switch (event.tag) {
      case 'done':
        use(event.parameters[0].weights.shape);
        break;
      case 'unlogged':
        use(event.error.path);
        // @ts-expect-error: it has no parameters.
        use(event.parameters);
        break;
      case 'batch':
      case 'checkpoint':
      case 'diagnostics':
      case 'epoch':
      case 'evaluation':
      case 'failed':
        break;
    }

  // @ts-expect-error: events have a tag.
  logged([{ epoch: 1 }], Log.csv('a'));
  // @ts-expect-error: a file is no sink.
  logged(train(net, softmaxCrossEntropy, options), 'a');
  // @ts-expect-error: times come from a clock that is given.
  Log.tensorBoard('runs');
  // @ts-expect-error: a clock gives numbers.
  Log.tensorBoard('runs', { clock: () => new Date() });
  // @ts-expect-error: lines have no columns.
  Log.jsonLines('a', { columns: ['epoch'] });

  // Loaded parameters have the type of those that they fill.
  const loaded = await loadWeights('f', { parameters, take: ['0'], rename: (name) => `0.${name}` })();
  if (loaded._tag === 'Right') {
    const found: LoadedWeights<typeof parameters> = loaded.right;
    use(found.parameters[1].bias);
    // @ts-expect-error: there are two layers.
    use(found.parameters[2]);
  }
  // @ts-expect-error: parts are listed.
  await loadWeights('f', { parameters, take: '0' })();
  // @ts-expect-error: names lead to names.
  await loadWeights('f', { parameters, rename: { a: 1 } })();
  // @ts-expect-error: somewhere the numbers have to go.
  await loadWeights('f', { take: ['0'] })();
};
