import { continueAsNew } from '@temporalio/workflow';
import { mirror } from './activities.ts';

/**
 * Keeps the mirror of Temporal's histories going: one endless activity, which moves to another worker when its own
 * dies. Each day it begins anew, so that its own history stays short.
 */
export async function mirrorHistory(): Promise<void> {
  await mirror.mirrorHistories();
  await continueAsNew<typeof mirrorHistory>();
}
