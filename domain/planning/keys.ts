import { targetKeys, type PlannableContract, type TargetPayload } from '../target.ts';

/** The natural keys that a payload of a contract claims at the target. */
export function keysOf(contract: PlannableContract, payload: TargetPayload): string[] {
  // That the payload is one of the contract is the caller's to know.
  const keys = targetKeys[contract] as (payload: TargetPayload) => string[];
  return keys(payload);
}
