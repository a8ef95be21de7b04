// node --import tsx platform/bundleWorkflows.ts <workflows/index.ts> <file>: writes the workflow bundle into a file.
// A process of its own, because the bundler needs some hundred megabytes that a process keeps once it had them.
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const [, , workflowsPath, file] = process.argv;
if (workflowsPath === undefined || file === undefined)
  throw new Error('Name the workflows and the file to write.');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
await writeFile(file, code);
