/** The entry of the page. */
import { render } from 'preact';
import { App } from './app';
import { applyTheme, firstTheme } from './theme';

applyTheme(firstTheme());
const place = document.getElementById('app');
if (place !== null) {
  place.replaceChildren();
  render(<App />, place);
}

if (import.meta.env.PROD && 'serviceWorker' in navigator)
  addEventListener('load', () => {
    // Without it the page is not offline, and all else works.
    navigator.serviceWorker.register('./sw.js').catch(() => undefined);
  });
