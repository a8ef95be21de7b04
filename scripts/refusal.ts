/** A failure whose message is all that a person needs: it is shown without a stack. */
export class Refusal extends Error {}

/**
 * Runs a program of the terminal to its end and sets its exit status.
 *
 * @param main answers the exit status
 * @param refused the exit status of a `Refusal`, whose message goes to standard error
 */
export async function runProgram(main: () => Promise<number>, refused = 1): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error);
    process.exitCode = error instanceof Refusal ? refused : 1;
  }
}

/** What went wrong, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
