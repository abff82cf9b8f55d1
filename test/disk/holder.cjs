// Holds a folder until it is ended, or says in one line that it may not: `holder.cjs FOLDER`.
require('ts-node').register();
const { hold } = require('../../src/disk/hold.ts');

hold(process.argv[2])().then((held) => {
  console.log(held._tag === 'Left' ? held.left.found : 'held');
  if (held._tag === 'Right') setInterval(() => undefined, 1000);
});
