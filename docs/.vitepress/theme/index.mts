/** The default theme, with a word for the playground. */
import { type Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import Playground from './Playground.mjs';
import './style.css';

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component('Playground', Playground);
  },
};

export default theme;
