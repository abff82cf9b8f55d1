// What the pool imports: an import finds no TypeScript, but a require does, by whatever loads it in this process, or else by ts-node.
if (require.extensions['.ts'] === undefined) require('ts-node/register');
module.exports = require('./worker.ts').default;
