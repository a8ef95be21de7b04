// npm run bench: every benchmark, each with its hand-written baseline and its floor, measured in one run.
import { parseArgs } from 'node:util';
import { Refusal, runProgram } from '../scripts/refusal.ts';
import { benchCollect } from './collect/bench.ts';
import { shareOf, wholeOrg } from './collect/org.ts';
import { benchCutover } from './cutover/bench.ts';

await runProgram(async () => {
  const { values } = parseArgs({
    options: {
      /** A smaller org of the same mix, for a quick look. */
      share: { type: 'string', default: '1' },
      latency: { type: 'string', default: '30' },
      'baseline-share': { type: 'string', default: '0.1' },
      /** One part alone: collect (with assess) or cutover. */
      only: { type: 'string' },
    },
  });
  const positive = (name: 'share' | 'latency' | 'baseline-share') => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Refusal(`--${name} must be a number above 0.`);
    return value;
  };
  const { only } = values;
  if (only !== undefined && only !== 'collect' && only !== 'cutover') {
    throw new Refusal('--only is collect or cutover.');
  }
  const say = (line: string) => console.error(line);
  const share = positive('share');
  const latencyMs = positive('latency');
  const size = shareOf(wholeOrg, share);
  if (only !== 'cutover') {
    const lines = await benchCollect({ size, latencyMs, baselineShare: positive('baseline-share') }, say);
    console.log(['', ...lines].join('\n'));
  }
  if (only !== 'collect') {
    const steps = { previewed: Math.round(10_000 * share), applied: Math.round(1_000 * share) };
    console.log(['', ...(await benchCutover({ ...steps, latencyMs }, say))].join('\n'));
  }
  return 0;
});
