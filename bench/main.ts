// npm run bench: every benchmark, each with its hand-written baseline and its floor, measured in one run.
import { parseArgs } from 'node:util';
import { Refusal, runProgram } from '../scripts/refusal.ts';
import { benchCollect } from './collect/bench.ts';
import { shareOf, wholeOrg } from './collect/org.ts';

await runProgram(async () => {
  const { values } = parseArgs({
    options: {
      /** A smaller org of the same mix, for a quick look. */
      share: { type: 'string', default: '1' },
      latency: { type: 'string', default: '30' },
      'baseline-share': { type: 'string', default: '0.1' },
    },
  });
  const positive = (name: keyof typeof values) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Refusal(`--${name} must be a number above 0.`);
    return value;
  };
  const lines = await benchCollect(
    {
      size: shareOf(wholeOrg, positive('share')),
      latencyMs: positive('latency'),
      baselineShare: positive('baseline-share'),
    },
    (line) => console.error(line),
  );
  console.log(['', ...lines].join('\n'));
  return 0;
});
