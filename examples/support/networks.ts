/** Networks that branch, as people train them today. */
import { reshape as reshaped, slice, type Tensor } from '@tensorflow/tfjs-core';
import {
  chain,
  conv2d,
  copies,
  embedding,
  flatten,
  gelu,
  globalAvgPool,
  groupNorm,
  gru,
  type Layer,
  layer,
  layerNorm,
  linear,
  positional,
  projection,
  relu,
  reshape,
  residual,
  selfAttention,
  type Shape,
  type Tree,
} from '../../src';

/** What blocks are put in: nothing, or `opaque`, which makes one link of each. */
export type Wrap = <P extends Tree.Tree, I extends Shape, O extends Shape>(
  block: Layer<P, I, O>,
) => Layer<P, I, O>;

const shown: Wrap = (block) => block;

const images = [14, 14, 16] as const;

const half = () => chain(groupNorm(images, 4), relu(images), conv2d(images, 16, 3, { padding: 'same' }));

/** `x + W₂·relu(norm(W₁·relu(norm(x))))` for 3×3 convolutions (He et al. 2016, "Identity mappings"), norms by groups of channels. */
const preActivation = () => residual(chain(half(), half()));

/** A pre-activation ResNet of three blocks on images of 28 × 28, which a first convolution halves. */
export const resNet = (block: Wrap = shown) =>
  chain(
    reshape([784], [28, 28, 1]),
    conv2d([28, 28, 1], 16, 3, { padding: 'same', stride: 2 }),
    copies(3, block(preActivation())),
    groupNorm(images, 4),
    relu(images),
    globalAvgPool(images),
    linear(16, 10),
  );

/** `x + attention(norm(x))`, then `x + W₂·gelu(W₁·norm(x))`, each norm with a gain and a bias (Xiong et al. 2020). */
const encoder = (
  length: number,
  width: number,
  { heads, hidden, causal }: { readonly heads: number; readonly hidden: number; readonly causal: boolean },
) => {
  const tokens = [length, width] as const;
  const inner = [length, hidden] as const;
  return chain(
    residual(chain(layerNorm(tokens), selfAttention(length, width, { heads, causal }))),
    residual(
      chain(
        layerNorm(tokens),
        projection(tokens, hidden, { bias: true }),
        gelu(inner),
        projection(inner, width, { bias: true }),
      ),
    ),
  );
};

/** An encoder of two blocks on the rows of an image as 28 tokens. */
export const rowTransformer = (block: Wrap = shown) =>
  chain(
    reshape([784], [28, 28]),
    projection([28, 28], 64, { bias: true }),
    positional([28, 64]),
    copies(2, block(encoder(28, 64, { heads: 4, hidden: 128, causal: false }))),
    layerNorm([28, 64]),
    flatten([28, 64]),
    linear(28 * 64, 10),
  );

/** The last token of a sequence. */
const lastToken = (length: number, width: number) =>
  layer<Tree.NoParameters, readonly [number, number], readonly [number]>({
    name: 'lastToken',
    input: [length, width],
    output: [width],
    init: () => ({}),
    forward: (_, x: Tensor) => reshaped(slice(x, [0, length - 1, 0], [-1, 1, width]), [-1, width]),
  });

/** Characters that a model looks back on. */
export const CONTEXT = 32;

/** A causal transformer that tells the next of `vocabulary` characters from the last 32. */
export const characterTransformer = (vocabulary: number) =>
  chain(
    embedding(CONTEXT, vocabulary, 64),
    positional([CONTEXT, 64]),
    copies(2, encoder(CONTEXT, 64, { heads: 4, hidden: 128, causal: true })),
    layerNorm([CONTEXT, 64]),
    lastToken(CONTEXT, 64),
    linear(64, vocabulary),
  );

/** A GRU over the rows of an image, one cell for all 28 of them (Cho et al. 2014). */
export const rowGru = (block: Wrap = shown) =>
  chain(reshape([784], [28, 28]), block(gru([28, 28], 32)), linear(32, 10));
