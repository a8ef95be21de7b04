import { createHash } from 'node:crypto';
import { htmlEscape } from 'escape-goat';

/** Markup that may stand in a page as it is; only `markup` makes it. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Markup };

type Part = Markup | string | number | null | readonly Part[];

/**
 * A template whose values are text, escaped, unless they are markup that it made itself; null is nothing. (It is not called
 * `html`, because prettier closes the elements of such a template, and ours go on in the next one.)
 */
export const markup = (strings: TemplateStringsArray, ...values: readonly Part[]): Markup =>
  new Markup(
    strings.map((text, index) => (index === 0 ? '' : markupOf(values[index - 1] ?? null)) + text).join(''),
  );

function markupOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(markupOf).join('') : htmlEscape(String(part));
}

/** Headers of a page that has one style sheet of its own, and nothing else that a browser would run or fetch. */
export const pageHeaders = (style: string): Record<string, string> => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
});

/** A constant style sheet, exactly as `pageHeaders` vouches for it. */
export const styleSheet = (style: string): Markup => new Markup(`<style>${style}</style>`);
