// What the pool imports: an import finds no TypeScript, but a require does, once ts-node is there.
require('ts-node/register');
module.exports = require('./worker.ts').default;
