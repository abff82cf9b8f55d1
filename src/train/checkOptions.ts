/**
 * Checks of arguments from programs without types. Each mistake gives one line that names the
 * option. Typed programs cannot make these mistakes. Numbers are checked where they are used.
 */
import { checkFields, fail, fieldsOf, isTensor, type Key, short, shown } from '../core';
import { type Optimizer } from '../optimizer';
import { type Metric } from './metric';
import { type Examples } from '../example';

/** Throws a `Fault` unless the options are an object. */
export const checkIsOptions = (options: unknown, of: 'of a training' | 'of an evaluation'): void => {
  if (typeof options !== 'object' || options === null)
    fail('options', 'options', `the options ${of}`, shown(options));
};

/** Throws a `Fault` unless the parameters are an object. */
export const checkIsParameters = (parameters: unknown): void => {
  if (typeof parameters !== 'object' || parameters === null)
    fail(
      'options',
      'parameters',
      'parameters of the network, such as net.init(Key.key(1))',
      shown(parameters),
    );
};

/**
 * The parameters that a failure returns. Options from a program without types may lack them; then
 * there are none.
 */
export const parametersGiven = <P>(options: { readonly parameters: P }): P => {
  const given: { readonly parameters: P } | undefined = options;
  // Boundary with programs without types.
  return (given as { readonly parameters: P } | undefined)?.parameters as P;
};

/** Throws a `Fault` unless this is an optimizer. */
export const checkOptimizer = (optimizer: Optimizer): void => {
  checkFields('optimizer', optimizer, 'an optimizer, such as sgd(0.1)', {
    name: 'string',
    transforms: 'list',
  });
  optimizer.transforms.forEach((transform, i) => {
    const path = `optimizer.${i}`;
    const kind = fieldsOf(transform).has('rule') ? 'rule' : 'update';
    checkFields(path, transform, 'a transform', { name: 'string', init: 'function', [kind]: 'function' });
  });
};

/** Throws a `Fault` unless these are metrics with distinct names. */
export const checkMetrics = (path: string, metrics: readonly Metric[]): void => {
  if (!Array.isArray(metrics)) fail('options', path, 'a list of metrics, such as [topK(5)]', shown(metrics));
  metrics.forEach((one: Metric, i) => {
    checkFields(`${path}.${i}`, one, 'a metric, such as topK(5)', {
      name: 'string',
      each: 'function',
      reduce: 'function',
    });
  });
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail('options', path, 'metrics of different names', `${short(twice)} twice`);
};

/** Throws a `Fault` unless the value is one of the choices, or undefined. */
export const checkChoice = (path: string, value: unknown, choices: readonly unknown[]): void => {
  if (value !== undefined && !choices.includes(value))
    fail(
      'options',
      path,
      `one of ${choices.map((one) => JSON.stringify(one)).join(', ')}, or nothing`,
      shown(value),
    );
};

/** Throws a `Fault` unless this is a state of `takeStep`. */
export const checkStepState = (state: unknown): void => {
  const expected = 'a state { parameters, optimizerState }, such as initialState gives';
  checkFields('state', state, expected, { optimizerState: 'list' });
  if (!fieldsOf(state).has('parameters')) fail('options', 'state', expected, 'one without parameters');
};

/** Throws a `Fault` unless this is a batch of tensors. */
export const checkExample = (example: unknown): void => {
  const fields = fieldsOf(example);
  for (const name of ['input', 'target'])
    if (!isTensor(fields.get(name)))
      fail('options', `example.${name}`, 'a tensor [N, …], such as batchOf gives', shown(fields.get(name)));
};

/** Throws a `Fault` unless this is a key. */
export const checkKey = (key: Key.Key): void => {
  checkFields('key', key, 'a key, such as Key.key(1)', { high: 'number', low: 'number' });
};

/** Throws a `Fault` unless inputs have fields; `checkExamples` checks the fields. */
export const checkIsInputs = (inputs: unknown): void => {
  if (fieldsOf(inputs).size === 0)
    fail('options', 'inputs', 'inputs { shape, inputs, count }', shown(inputs));
};

/**
 * Throws a `Fault` unless examples have fields and a shape; `checkExamples` checks their arrays.
 */
export const checkIsExamples = (path: string, examples: Examples): void => {
  if (fieldsOf(examples).size === 0)
    fail('options', path, 'examples { shape, inputs, targets, count }', shown(examples));
  const { shape } = examples;
  if (!Array.isArray(shape)) fail('data', `${path}.shape`, 'a list, such as [28, 28]', shown(shape));
};
