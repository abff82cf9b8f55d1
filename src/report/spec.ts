/** What the public declarations of plots are made of, without the types of vega. */

/** A specification of vega-lite 6, as JSON. Its own type would bring all of vega's to whoever uses this. */
export type PlotSpec = object;

/** A point of a panel; the fields that its marks show are further ones. One without a place is left out: neither is negative. */
export interface PanelPoint {
  readonly name: string;
  readonly epoch: number;
  readonly seconds: number;
}
