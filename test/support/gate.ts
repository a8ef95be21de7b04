/** Something that waits until a test lets it go on, and a test that waits until it has come there. */
export interface Gate {
  /** Called by what is to wait; resolves when the gate is open. */
  pass(): Promise<void>;
  /** Resolves when something waits at the gate. */
  reached: Promise<void>;
  open(): void;
}

export function closedGate(): Gate {
  const arrival = signal();
  const opening = signal();
  return {
    pass() {
      arrival.give();
      return opening.given;
    },
    reached: arrival.given,
    open: () => opening.give(),
  };
}

function signal(): { given: Promise<void>; give: () => void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
