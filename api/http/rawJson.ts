import { randomUUID } from 'node:crypto';

/** JSON text that goes into an answer as it stands, so that a payload's numbers and members are the vendor's own. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Serialises a value in which RawJson may stand anywhere. */
export function stringify(value: unknown): string {
  const nonce = randomUUID();
  const texts: string[] = [];
  const text = JSON.stringify(value, (_key, member: unknown) => {
    if (!(member instanceof RawJson)) return member;
    texts.push(member.text);
    return `${nonce}:${texts.length - 1}`;
  });
  if (texts.length === 0) return text;
  return text.replaceAll(
    new RegExp(`"${nonce}:(\\d+)"`, 'g'),
    (_match, index: string) => texts[Number(index)] ?? 'null',
  );
}
