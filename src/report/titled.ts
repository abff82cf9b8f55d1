/**
 * Titles of plots, axes and legends. vega-lite writes the title of a field into expressions too,
 * those of tooltips and of descriptions, and escapes nothing there but quotes: a line break or a
 * backslash would break them, or end the text.
 */
import { cellLine } from './markdown';

/**
 * A title as it is drawn. vega looks for titles among the fields of objects, where it meets names
 * that every object has, such as `constructor`: a space follows them, which is not drawn.
 */
export const drawnTitle = (title: string): string => (title in {} ? `${title} ` : title);

/** On one line: a title of several would shift the panel. */
export const lineTitle = (title: string): string => drawnTitle(cellLine(title));

/** A title inside an expression, which shows it as it stands. */
export const inExpression = (title: string): string => lineTitle(title).replace(/\\/g, '\\\\');

/** The title of a field and of its axis. */
export const axisTitled = (title: string) => ({
  title: inExpression(title),
  axis: { title: lineTitle(title) },
});
