/** A failure whose message is all that a person needs: it is shown without a stack. */
export class SetupError extends Error {}
