/** The site: `npm run docs` writes it to dist/site. Pages are files of the repository, where they are read as well. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { siteLinks } from './links.mjs';
import { parts, reference, sitePages } from './pages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const rewrites: Record<string, string> = {
  ...Object.fromEntries(sitePages.map(({ file, route }) => [file, `${route}.md`])),
  [`${reference.folder}/:path*`]: `${reference.route}/:path*`,
};

const menu: DefaultTheme.SidebarItem[] = parts.map(({ title, pages }) => ({
  text: title,
  items: pages.map(({ title: text, route }) => ({ text, link: route === 'index' ? '/' : `/${route}` })),
}));

/** The menu of the reference, which its generator writes. */
const referenceMenu = (): DefaultTheme.SidebarItem[] => {
  const file = `${root}/${reference.folder}/sidebar.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DefaultTheme.SidebarItem[]) : [];
};

export default defineConfig({
  title: 'proxprop',
  description: 'Training methods as schedules of steps on one penalty energy, with laws.',
  lang: 'en-GB',
  base: process.env['DOCS_BASE'] ?? '/',
  srcDir: '..',
  srcExclude: [
    '{dist,runs,test,.github,node_modules}/**',
    '{ARCHITECTURE,CHANGELOG,CONTRIBUTING,THIRD-PARTY-NOTICES}.md',
    'examples/{data,playground}/**',
  ],
  outDir: '../dist/site',
  cacheDir: '../node_modules/.cache/vitepress',
  rewrites,
  cleanUrls: false,
  lastUpdated: false,
  ignoreDeadLinks: false,
  markdown: {
    config: siteLinks(root, sitePages, reference.folder),
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  vite: { logLevel: 'warn', build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    outline: { level: [2, 3] },
    search: {
      provider: 'local',
      options: {
        translations: { button: { buttonText: 'Search (Ctrl K)', buttonAriaLabel: 'Search (Ctrl K)' } },
      },
    },
    nav: [
      { text: 'Begin', link: '/first-training' },
      { text: 'Playground', link: '/playground' },
      { text: 'Findings', link: '/findings' },
      { text: 'Reference', link: `/${reference.route}/` },
    ],
    sidebar: { [`/${reference.route}/`]: referenceMenu(), '/': menu },
  },
});
