/**
 * Links of pages are written for the repository: relative to the file. On the site a link to a page leads to its address, a link to
 * another file of the repository is text alone, and a link to nothing fails the build. A page that names another page as code, because
 * the package does not hold it, links to it here.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { type SitePage } from './pages.mjs';

export interface Places {
  /** The addresses of pages by their files. */
  readonly routes: ReadonlyMap<string, string>;
  /** Their titles by their files. */
  readonly titles: ReadonlyMap<string, string>;
  readonly exists: (file: string) => boolean;
}

const addressOf = (route: string, hash?: string): string =>
  `/${route === 'index' ? '' : route}${hash === undefined ? '' : `#${hash}`}`;

/** An address of the site; `undefined` for a file that the site does not have. */
export const siteLink = (from: string, href: string, { routes, exists }: Places): string | undefined => {
  const [path = '', hash] = href.split('#');
  const file = posix.normalize(posix.join(posix.dirname(from), decodeURI(path)));
  const route = routes.get(file) ?? routes.get(posix.join(file, 'README.md'));
  if (route !== undefined) return addressOf(route, hash);
  if (!exists(file)) throw new Error(`data error at ${from}: expected a link to a file, found ${href}`);
  return undefined;
};

/** Whether a link is one of the repository's own files. */
export const isRelative = (href: string): boolean => !/^([a-z]+:|#|\/)/.test(href);

/** What a plugin sees of markdown-it. */
interface Token {
  type: string;
  tag: string;
  content: string;
  info: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}
type Make = (type: string, tag: string, nesting: 1 | 0 | -1) => Token;
interface Markdown {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: {
          readonly tokens: Token[];
          readonly env: unknown;
          readonly Token: new (...of: Parameters<Make>) => Token;
        }) => void,
      ): void;
    };
  };
}

const fileOf = (env: unknown, root: string): string | undefined => {
  if (typeof env !== 'object' || env === null) return undefined;
  const real = 'realPath' in env && typeof env.realPath === 'string' ? env.realPath : undefined;
  const path = real ?? ('path' in env && typeof env.path === 'string' ? env.path : undefined);
  return path?.startsWith(`${root}/`) === true ? path.slice(root.length + 1) : undefined;
};

/** The links of one line of text, as the site has them. */
const rewritten = (children: readonly Token[], from: string, places: Places, make: Make): Token[] => {
  let dropped = 0;
  return children.flatMap((token) => {
    if (token.type === 'code_inline') {
      const [file = '', hash] = token.content.split('#');
      const title = places.titles.get(file);
      if (title === undefined) return [token];
      const open = make('link_open', 'a', 1);
      open.attrSet('href', addressOf(places.routes.get(file) ?? '', hash));
      const text = make('text', '', 0);
      text.content = hash === undefined ? title : `${title}, ${hash}`;
      return [open, text, make('link_close', 'a', -1)];
    }
    if (token.type === 'link_close' && dropped > 0) {
      dropped--;
      return [];
    }
    if (token.type !== 'link_open') return [token];
    const href = token.attrGet('href') ?? '';
    if (!isRelative(href)) return [token];
    const link = siteLink(from, href, places);
    if (link === undefined) {
      dropped++;
      return [];
    }
    token.attrSet('href', link);
    return [token];
  });
};

/** A plugin of markdown-it. */
export const siteLinks =
  (root: string, pages: readonly SitePage[], generated: string) =>
  (md: Markdown): void => {
    const places: Places = {
      routes: new Map(pages.map(({ file, route }) => [file, route])),
      titles: new Map(pages.map(({ file, title }) => [file, title])),
      exists: (file) => existsSync(posix.join(root, file)),
    };
    md.core.ruler.push('site-links', ({ tokens, env, Token }) => {
      // What scrolls can be reached by the keyboard.
      for (const token of tokens) if (token.type === 'code_block') token.attrSet('tabindex', '0');
      const from = fileOf(env, root);
      // What is generated links within itself.
      if (from === undefined || from.startsWith(`${generated}/`)) return;
      for (const token of tokens) {
        // What a program prints has no language.
        if (token.type === 'fence' && token.info === 'output') token.info = 'txt';
        if (token.children !== null)
          token.children = rewritten(token.children, from, places, (...of) => new Token(...of));
      }
    });
  };
