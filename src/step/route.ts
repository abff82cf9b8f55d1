/**
 * Chooses the solver of an implicit step on a block, from the energy alone and before any number is
 * known. Both interpreters, `plannedRoutes` and `routes` share this choice.
 */
import { type Block, type Energy, type Link, linkAt } from '../energy';

/**
 * The route of an implicit step.
 *
 * | route         | block                                                       | what is solved                                          |
 * | ------------- | ----------------------------------------------------------- | ------------------------------------------------------- |
 * | `ridge`       | parameters of links that have designs                       | one ridge system of the rows of all of them             |
 * | `elementwise` | an activation that sums read, and one elementwise link      | a scalar problem for each number, or a closed form      |
 * | `readers`     | an activation whose other readers are affine in it          | one ridge system of their designs for the input         |
 * | `linearised`  | every other                                                 | Gauss-Newton by conjugate gradients (`linearised.ts`)   |
 */
export type StepRoute =
  | { readonly tag: 'ridge' | 'elementwise' | 'readers'; readonly link: number }
  | { readonly tag: 'linearised' };

const LINEARISED: StepRoute = { tag: 'linearised' };

/** Whether the link's term of E is a square: a penalty, or a loss that is a square. */
const isSquare = (energy: Energy, link: Link): boolean =>
  !link.last || energy.loss.quadraticWeight !== undefined;

const ofActivation = (energy: Energy, own: Link): StepRoute => {
  const readers = own.readers.map((number) => linkAt(energy, number));
  if (!readers.every((reader) => isSquare(energy, reader))) return LINEARISED;
  /** Readers that do more than add x or pass it on. */
  const others = readers.filter((reader) => reader.slope(reader.reads.indexOf(own.number)) === undefined);
  const [first, ...more] = others;
  if (first === undefined || (more.length === 0 && first.elementwise !== undefined))
    return { tag: 'elementwise', link: own.number };
  return others.every(({ inputDesign }) => inputDesign !== undefined)
    ? { tag: 'readers', link: own.number }
    : LINEARISED;
};

/** The route of a block. */
export const routeOf = (energy: Energy, block: Block): StepRoute => {
  switch (block.kind) {
    case 'parameters': {
      const links = linkAt(energy, block.link).sharers.map((number) => linkAt(energy, number));
      const solvable = links.every((link) => link.design !== undefined && isSquare(energy, link));
      return solvable ? { tag: 'ridge', link: block.link } : LINEARISED;
    }
    case 'activation':
      return ofActivation(energy, linkAt(energy, block.link));
    case 'together':
      return LINEARISED;
    default:
      return block satisfies never;
  }
};
