// npm start: the service for use on one machine, until Ctrl-C.
import { dataFolder } from './paths.ts';
import { runProgram } from './refusal.ts';
import { bringUpStack } from './stack.ts';

await runProgram(async () => {
  const stack = await bringUpStack({
    dataDir: dataFolder,
    env: process.env,
    log: (line) => console.error(line),
  });
  const { apiUrl, temporalAddress, temporalUiUrl = 'none' } = stack;
  console.log(`ready ${apiUrl} temporal ${temporalAddress} temporal-ui ${temporalUiUrl}`);
  const { cause } = await stack.exited;
  return cause === 'death' ? 1 : 0;
});
