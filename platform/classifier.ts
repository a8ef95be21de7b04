import { classifierText } from '../domain/rules/ruleSets.ts';
import { builtInTarget, type TargetProfile } from '../domain/rules/targetProfile.ts';
import { sha256Hex } from './digest.ts';

/** Version of the rules for a target: derived from what decides, so that it cannot be forgotten. */
export const classifierVersionFor = (profile: TargetProfile): string =>
  sha256Hex(classifierText(profile)).slice(0, 16);

export const classifierVersion = classifierVersionFor(builtInTarget);
