import { ConfigurationError } from './config.ts';

/** A reason for a program not to start that a person can mend; told in its own words, without a stack. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof ConfigurationError || (error instanceof Error && error.name === 'MigrationMismatch');

/** Runs a program's main function; what it throws ends the process with status 1 and is told on stderr. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const text = isForPeople(error)
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
}
