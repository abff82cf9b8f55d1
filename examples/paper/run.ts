/**
 * The experiments of Frerix et al. (2018), and others that a configuration describes: `proxprop run`, on the sources.
 *
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER --out runs/paper/cifar-mlp
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER --out runs/paper/cifar-mlp --resume
 *
 * Ends in a folder with the configuration, the environment, metrics, checkpoints, plots and report.html.
 */
import { main } from '../../cli/main';
import { runMain } from '../../cli/process';

runMain(() => main(['run', ...process.argv.slice(2)]));
