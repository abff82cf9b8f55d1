/** The built playground in a frame: it lies below the site, and is asked for when it comes into view. */
import { withBase } from 'vitepress';
import { defineComponent, h } from 'vue';

export default defineComponent({
  setup: () => () => [
    h('p', [
      // A page of its own, not one of the site: the browser asks for it.
      h(
        'a',
        { href: withBase('/playground-app/index.html'), target: '_blank' },
        'Open it in a window of its own',
      ),
    ]),
    h('iframe', {
      class: 'playground',
      src: withBase('/playground-app/index.html'),
      title: 'The playground',
      loading: 'lazy',
    }),
  ],
});
