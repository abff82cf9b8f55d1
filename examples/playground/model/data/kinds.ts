/** The data sets by their names: what the page has to know of them before anything is computed. */

export interface DataKind {
  readonly name: string;
  /** Numbers of one input. */
  readonly features: number;
  /** Outputs of the network: classes, or one number. */
  readonly outputs: number;
  readonly classifies: boolean;
}

export const dataKinds = {
  spiral: { name: 'spiral', features: 2, outputs: 3, classifies: true },
  moons: { name: 'two moons', features: 2, outputs: 2, classifies: true },
  circles: { name: 'circles', features: 2, outputs: 2, classifies: true },
  xor: { name: 'XOR', features: 2, outputs: 2, classifies: true },
  curve: { name: 'a curve', features: 1, outputs: 1, classifies: false },
  digits: { name: 'small digits', features: 64, outputs: 10, classifies: true },
} as const satisfies { readonly [kind: string]: DataKind };

export type DataKindName = keyof typeof dataKinds;
