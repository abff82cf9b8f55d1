#!/usr/bin/env node
/** The program `proxprop`. */
import { main } from './main';
import { runMain } from './process';

runMain(() => main(process.argv.slice(2)));
