/** A case-insensitive "contains" whose text is taken literally. */
export const likeContains = (text: string) => ({
  contains: text.replaceAll(/[\\%_]/g, (character) => `\\${character}`),
  mode: 'insensitive' as const,
});
