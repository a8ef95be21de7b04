export { applyCutover } from './applyCutover.ts';
export { assessSnapshot } from './assessSnapshot.ts';
export { collectInventory } from './collectInventory.ts';
export { mirrorHistory } from './mirrorHistory.ts';
export { planCutover } from './planCutover.ts';
export { previewCutover } from './previewCutover.ts';
export { refreshDecisions } from './refreshDecisions.ts';
export { verifySource } from './verifySource.ts';
