/**
 * What training steps cost, as ratios within one run:
 *
 *     npm run bench                      all of it but `seconds`, half an hour
 *     npm run bench -- --quick           fewer rounds, sizes and networks
 *     npm run bench -- --sections a,b    some sections: those of `parts.ts`
 *     npm run bench -- --json FILE       the figures as JSON too
 *     npm run bench -- --profile         where the time of each step went
 *     npm run bench -- --fit             the rates by which solvers choose, written to src/solver/rates.ts
 *     npm run bench -- --record FILE     the ratios of a run's JSON, into history.json
 *
 * Leave the machine alone meanwhile. Ends in a table a section, scaling.svg and scaling.png. Peak memory is
 * what Linux tells of a process; elsewhere that section is left out.
 */
import { basename, dirname, join } from 'node:path';
import * as E from 'fp-ts/Either';
import { Report } from '../../src';
import { started } from '../../cli/show';
import { options, runExample } from '../support/cli';
import { holding } from '../support/holding';
import { fit } from './fit';
import { record } from './ratios';
import { TURN, WARM_UP } from './measure';
import { originOf } from './origin';
import { type Figures, partNames, parts, usualParts } from './parts';
import { checkPlace } from './place';

runExample(
  {
    name: 'bench',
    description: 'What training steps cost, as ratios within one run.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      sections: options.names('sections', partNames, usualParts),
      quick: options.flag('fewer rounds, sizes and networks'),
      profile: options.flag('where the time of each step went'),
      fit: options.flag('measure only what solves cost, and write src/solver/rates.ts'),
      data: options.text('dir', 'folder of CIFAR-10 for the section seconds (or the variable PROXPROP_DATA)'),
      json: options.file('file for the figures as JSON'),
      record: options.file('file of figures whose ratios are to go into history.json; nothing is measured'),
      out: options.out('bench'),
    },
  },
  ({ backend, threads, sections, quick, profile, fit: fitting, data, json, record: figures, out }) =>
    holding(out, async () => {
      if (figures !== '') return record(figures, out);
      for (const file of [join(out, 'scaling.svg'), ...(json === '' ? [] : [json])]) {
        const place = await checkPlace(file);
        if (E.isLeft(place)) return place;
      }
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      if (fitting) return fit(running.right, quick ? 2 : 5, quick);
      const rounds = quick ? 3 : 7;
      console.log(`${backend}, ${running.right.threads} threads, medians of ${rounds} interleaved rounds`);
      const setting = {
        threads: running.right.threads,
        rounds,
        warm: quick ? TURN : WARM_UP,
        quick,
        profile,
        out,
        data: data === '' ? (process.env['PROXPROP_DATA'] ?? '') : data,
      };
      let found: Figures = {
        ...originOf(running.right.threads),
        backend,
        threads: running.right.threads,
        rounds,
      };
      for (const name of partNames.filter((one) => sections.includes(one))) {
        const part = await parts[name](setting);
        if (E.isLeft(part)) return part;
        found = { ...found, ...part.right };
      }
      if (json === '') return E.right(undefined);
      return Report.writeFiles(dirname(json), {
        [basename(json)]: `${JSON.stringify(found, null, 2)}\n`,
      })();
    }),
);
