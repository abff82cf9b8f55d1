/** What the public declarations of plots are made of, without the types of vega. */

/**
 * A specification of vega-lite 6, as JSON. The type of vega-lite would bring all types of vega to
 * your program.
 */
export type PlotSpec = object;

/**
 * A point of a panel, with further fields that its marks show. A point without a place is left out;
 * neither coordinate is negative.
 */
export interface PanelPoint {
  /** The series. */
  readonly name: string;
  /** The epoch, on the x axis of the left panel. */
  readonly epoch: number;
  /** Seconds of training, on the x axis of the right panel. */
  readonly seconds: number;
}
