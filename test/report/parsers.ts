/** What real readers of HTML, XML and Markdown find in a report: trees of plain objects, to be compared whole. */
import { lexer, type Token, type Tokens } from 'marked';
import { type DefaultTreeAdapterTypes as Html, parse } from 'parse5';
import { SaxesParser } from 'saxes';

export interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: readonly (Element | string)[];
}

/** Every element, in the order of the document. */
export const elementsOf = (element: Element): readonly Element[] => [
  element,
  ...element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child))),
];

/** The text inside an element, without that of elements in it. */
export const textOf = ({ children }: Element): string =>
  children.filter((child) => typeof child === 'string').join('');

/** Elements and the names of their attributes, without texts and values. */
export const outline = (element: Element): readonly string[] =>
  elementsOf(element).map(({ name, attributes }) => [name, ...Object.keys(attributes)].join(' '));

/** The tree with each of its texts and values changed. */
export const mapTexts =
  (change: (text: string) => string) =>
  ({ name, attributes, children }: Element): Element => ({
    name,
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, change(value)])),
    children: children.map((child) => (typeof child === 'string' ? change(child) : mapTexts(change)(child))),
  });

const elementOf = (node: Html.Element): Element => ({
  name: node.tagName,
  attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])),
  children: node.childNodes.flatMap((child): readonly (Element | string)[] =>
    'tagName' in child ? [elementOf(child)] : 'value' in child ? [child.value] : [`<${child.nodeName}>`],
  ),
});

/** The tree of a page, or an error where a browser would have to mend it. */
export const htmlTree = (page: string): Element => {
  const document = parse(page, {
    onParseError: ({ code, startLine }) => {
      throw new Error(`${code} at line ${startLine}`);
    },
  });
  const root = document.childNodes.find((node) => 'tagName' in node);
  if (root === undefined) throw new Error('no element');
  return elementOf(root);
};

/** The tree of an XML file, or an error where it is not well formed. */
export const xmlTree = (text: string): Element => {
  const open: { name: string; attributes: { [name: string]: string }; children: (Element | string)[] }[] = [
    { name: '', attributes: {}, children: [] },
  ];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => open.push({ name, attributes, children: [] }));
  parser.on('text', (found) => open.at(-1)?.children.push(found));
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed !== undefined) open.at(-1)?.children.push(closed);
  });
  parser.write(text).close();
  const [root] = (open[0]?.children ?? []).filter((child) => typeof child !== 'string');
  if (root === undefined) throw new Error('no element');
  return root;
};

const holdsHtml = (token: Token): boolean =>
  token.type === 'html' || ('tokens' in token && (token.tokens ?? []).some(holdsHtml));

/** The cells of a text that is one table, header first, without backslashes that escape; or what else it is. */
export const markdownCells = (text: string): readonly (readonly string[])[] | string => {
  const tokens = lexer(text);
  const [table] = tokens;
  if (tokens.length !== 1 || table?.type !== 'table') return tokens.map(({ type }) => type).join();
  // marked's types leave open what a token holds: this is what it documents of tables.
  const { header, rows } = table as Tokens.Table;
  const all = [header, ...rows];
  return all.flat().some((cell) => cell.tokens.some(holdsHtml))
    ? 'HTML in a cell'
    : all.map((row) => row.map((cell) => cell.text.replace(/\\([!-/:-@[-`{-~])/g, '$1')));
};
