import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerHeaders, InjectedAnswer, Intercept, SimulatedRequest } from './answer.ts';
import { pageNumber } from './paging.ts';

/** A refusal as a fault describes it; the vendor gives it its body and headers. */
export interface Refusal {
  status: number;
  /** The vendor's error code; left out: the one that goes with the status. */
  code: string | undefined;
  /** Seconds until the next try, where the vendor says so. */
  retryAfter: number | undefined;
  /** Without the headers that say when to try again. */
  unannounced: boolean;
}

/** What faults need to know of a vendor. */
export interface FaultVendor {
  /** The query parameter that carries the place in a listing. */
  cursor: string;
  /** Headers of good answers that no refusal has. */
  onlyWhenGood: AnswerHeaders;
  refuse(request: SimulatedRequest, refusal: Refusal): InjectedAnswer;
  deadCursor(request: SimulatedRequest): InjectedAnswer;
}

/** A description of faults that makes no sense; the message is one sentence that names the place. */
export class FaultSpecError extends Error {}

interface Range {
  from: number;
  to: number;
}

/** What the words of a rule have said so far. */
interface Draft {
  page?: Range;
  nth?: Range;
  times?: number;
  each?: number;
  slow?: number;
  status?: number;
  code?: string;
  retryAfter?: number;
  unannounced?: true;
  deadCursor?: true;
  /** Laid over the refusal, if there is one, in the order they were written. */
  answers: InjectedAnswer[];
}

/** A word of a rule. `read` throws a text that follows "the word". */
interface Word {
  form: string;
  meaning: string;
  read(draft: Draft, value: string | undefined): void;
}

const MAINTENANCE =
  '<!doctype html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>';
const ELSEWHERE = 'https://elsewhere.example';
const LONGEST_SLEEP_MS = 600_000;

/** The words of a rule by name; the table of `FAULTS_HELP` is made from them. */
const WORDS: Readonly<Record<string, Word>> = {
  page: {
    form: 'page=<range>',
    meaning: 'only these pages of a listing; the first is 1',
    read: (draft, value) => void (draft.page = range(value)),
  },
  nth: {
    form: 'nth=<range>',
    meaning: 'only these of the requests that fit so far, counted from 1',
    read: (draft, value) => void (draft.nth = range(value)),
  },
  every: {
    form: 'every',
    meaning: 'all that fit, as without page= and nth=',
    read: (_draft, value) => none(value),
  },
  times: {
    form: 'times=<n>',
    meaning: 'at most so often in all; without it the fault never ends',
    read: (draft, value) => void (draft.times = whole(value, 1, 1_000_000)),
  },
  each: {
    form: 'each=<n>',
    meaning: 'at most so often for each address, its query included',
    read: (draft, value) => void (draft.each = whole(value, 1, 1_000_000)),
  },
  status: {
    form: 'status=<n>',
    meaning: "refused with this status and the vendor's own body and headers",
    read: (draft, value) => void (draft.status = whole(value, 400, 599)),
  },
  code: {
    form: 'code=<text>',
    meaning: "with status=: this of the vendor's error codes",
    read: (draft, value) => void (draft.code = text(value)),
  },
  'retry-after': {
    form: 'retry-after=<s>',
    meaning: 'with status=429 or 503: try again in so many seconds',
    read: (draft, value) => void (draft.retryAfter = whole(value, 0, 86_400)),
  },
  unannounced: {
    form: 'unannounced',
    meaning: 'with status=429 or 503: without the headers that say when to try again',
    read: (draft, value) => {
      none(value);
      draft.unannounced = true;
    },
  },
  'dead-cursor': {
    form: 'dead-cursor',
    meaning: 'refused as a cursor that has expired',
    read: (draft, value) => {
      none(value);
      draft.deadCursor = true;
    },
  },
  html: plain('html', 'a page for people, with status 200 or that of status=', {
    rawBody: MAINTENANCE,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  }),
  'broken-json': plain('broken-json', 'a body that ends in the middle of its JSON', {
    rawBody: '{"value":[{"id":"1","name":"br',
  }),
  'empty-body': plain('empty-body', 'a body of nothing', { rawBody: '' }),
  truncate: {
    form: 'truncate[=<bytes>]',
    meaning: 'the connection is cut inside the body: after half of it, or so many bytes',
    read: (draft, value) => {
      draft.answers.push({ truncateAt: value === undefined ? 'half' : whole(value, 1, 1_000_000_000) });
    },
  },
  hang: plain('hang', 'no answer, ever', { hang: true }),
  disconnect: plain('disconnect', 'the connection is cut without a word', { disconnect: true }),
  redirect: {
    form: 'redirect[=<url>]',
    meaning: 'status 302 to another host',
    read: (draft, value) => {
      const location = value === undefined ? `${ELSEWHERE}/` : address(value).href;
      draft.answers.push({ status: 302, rawBody: '', headers: { location } });
    },
  },
  'empty-page': plain('empty-page', 'the page comes empty with a next link to its objects', {
    page: 'empty',
  }),
  'repeat-page': plain('repeat-page', "the page's objects come again on the next", { page: 'repeat' }),
  'loop-page': plain('loop-page', "the page's next link leads to itself", { page: 'loop' }),
  'foreign-next-link': {
    form: 'foreign-next-link[=<url>]',
    meaning: "the page's next link leads to another host",
    read: (draft, value) => {
      const foreign = value === undefined ? ELSEWHERE : address(value).origin;
      draft.answers.push({ page: { foreign } });
    },
  },
  slow: {
    form: 'slow=<ms>',
    meaning: 'waits first; alone: and then answers as ever',
    read: (draft, value) => void (draft.slow = whole(value, 1, LONGEST_SLEEP_MS)),
  },
};

function plain(form: string, meaning: string, answer: InjectedAnswer): Word {
  return {
    form,
    meaning,
    read: (draft, value) => {
      none(value);
      draft.answers.push(answer);
    },
  };
}

/** The grammar for a person, as `--help` prints it. */
export const FAULTS_HELP = [
  '--fail takes rules, separated by ";"; the first that fits a request decides what becomes of it:',
  '  [<METHOD>] <path>[?<name>=<value>&…] <word> …',
  'In a path * is one segment and ** any number of them. A range is 3, 2-4 or 5-.',
  '',
  ...Object.values(WORDS).map(({ form, meaning }) => `  ${form.padEnd(27)}${meaning}`),
  '',
  "  --fail 'GET /api/v1/apps page=2 status=500 times=3; /api/v1/idps status=403'",
  "  --fail '/v1.0/** each=1 status=503; /v1.0/groups page=3- dead-cursor times=1'",
].join('\n');

interface Rule {
  method: string | undefined;
  path: RegExp;
  query: readonly [string, string][];
  draft: Draft;
}

/**
 * Turns a description of faults into the hook of a simulator.
 *
 *     spec  = rule *( ";" rule )
 *     rule  = [ method SP ] path [ "?" name "=" value *( "&" name "=" value ) ] 1*( SP word )
 *     path  = "/" with "*" for one segment and "**" for any number of them
 *     word  = name [ "=" value ]                    ; the names stand in WORDS
 *     range = n | n "-" m | n "-"
 *
 * Which: `page`, `nth`, `every`. How often: `times`, `each`. What: all others, of which a rule needs one. The words of
 * one rule are laid over each other, so that `status=502 html` is a 502 with a page for people. A request is answered
 * by the first rule that fits it and is not used up; `nth` counts what fits method, path, query and `page`.
 *
 * @throws {FaultSpecError} with one sentence that names the character the trouble begins at
 */
export function createFaults(spec: string, vendor: FaultVendor): Intercept {
  const rules = parseRules(spec).map((rule) => ({ ...rule, counter: createCounter(rule.draft) }));
  return async (request) => {
    const page = pageNumber(request.query[vendor.cursor]);
    const fitting = rules.filter((rule) => fits(rule, request, page));
    // Before any is taken: what another rule answers is a request that fits all the same.
    for (const { counter } of fitting) counter.see();
    const rule = fitting.find(({ counter }) => counter.take(request));
    if (rule === undefined) return undefined;
    if (rule.draft.slow !== undefined) await sleep(rule.draft.slow, undefined, { ref: false });
    return answerOf(rule.draft, request, vendor);
  };
}

function fits({ method, path, query, draft }: Rule, request: SimulatedRequest, page: number): boolean {
  return (
    (method === undefined || method === request.method) &&
    path.test(request.path) &&
    query.every(([name, value]) => request.query[name] === value) &&
    (draft.page === undefined || within(draft.page, page))
  );
}

/** Counts the requests that fit a rule, and those it has taken. */
interface Counter {
  see(): void;
  /** Whether the rule has the request that was seen last; counts it as taken if so. */
  take(request: SimulatedRequest): boolean;
}

function createCounter({ nth, times = Infinity, each = Infinity }: Draft): Counter {
  const byAddress = new Map<string, number>();
  let seen = 0;
  let taken = 0;
  return {
    see: () => void (seen += 1),
    take({ method, path, query }) {
      if (nth !== undefined && !within(nth, seen)) return false;
      const address = `${method} ${path} ${JSON.stringify(query)}`;
      const before = byAddress.get(address) ?? 0;
      if (taken >= times || before >= each) return false;
      byAddress.set(address, before + 1);
      taken += 1;
      return true;
    },
  };
}

function answerOf(draft: Draft, request: SimulatedRequest, vendor: FaultVendor): InjectedAnswer | undefined {
  const { status, code, retryAfter, unannounced = false, deadCursor } = draft;
  const parts = [
    ...(status === undefined ? [] : [vendor.refuse(request, { status, code, retryAfter, unannounced })]),
    ...(deadCursor ? [vendor.deadCursor(request)] : []),
    ...draft.answers,
  ];
  if (parts.length === 0) return undefined;
  const refused = parts.some(({ status: own, headers }) => own !== undefined || headers?.['content-type']);
  const answer = parts.reduce<InjectedAnswer>(
    (under, over) => ({ ...under, ...over, headers: { ...under.headers, ...over.headers } }),
    { headers: refused ? vendor.onlyWhenGood : {} },
  );
  // A status that was asked for counts more than the one a word brings along.
  return status === undefined ? answer : { ...answer, status };
}

const within = ({ from, to }: Range, value: number): boolean => value >= from && value <= to;

/** A word of the spec and where it begins, counted from 0. */
interface Token {
  text: string;
  at: number;
}

function parseRules(spec: string): Rule[] {
  const rules: Rule[] = [];
  let at = 0;
  for (const part of spec.split(';')) {
    const start = at;
    const tokens = [...part.matchAll(/\S+/g)].map(({ 0: text, index }) => ({ text, at: start + index }));
    if (tokens.length > 0) rules.push(parseRule(tokens, start + part.length));
    at += part.length + 1;
  }
  if (rules.length === 0) throw new FaultSpecError('--fail holds no rule.');
  return rules;
}

function parseRule(tokens: readonly Token[], end: number): Rule {
  const [first] = tokens;
  const method = first !== undefined && /^[A-Z]+$/.test(first.text) ? first.text : undefined;
  const [target, ...words] = method === undefined ? tokens : tokens.slice(1);
  if (target === undefined) throw trouble(end, `a path must follow ${method ?? ''}`);
  if (!target.text.startsWith('/')) {
    throw trouble(target.at, `a rule starts with a path such as /api/v1/apps, not with "${target.text}"`);
  }
  const draft: Draft = { answers: [] };
  const given = new Set<string>();
  for (const word of words) readWord(draft, word, given);
  assertWhole(draft, words, target);
  return { method, ...parseTarget(target.text), draft };
}

function readWord(draft: Draft, { text: token, at }: Token, given: Set<string>): void {
  const [name = '', ...rest] = token.split('=');
  const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (word === undefined) throw trouble(at, `"${name}" is none of ${Object.keys(WORDS).join(', ')}`);
  if (given.has(name)) throw trouble(at, `${name} is said twice`);
  given.add(name);
  try {
    word.read(draft, rest.length === 0 ? undefined : rest.join('='));
  } catch (error) {
    throw trouble(at, `${word.form} ${error instanceof Error ? error.message : String(error)}`);
  }
}

function assertWhole(draft: Draft, words: readonly Token[], target: Token): void {
  const place = (name: string): number => words.find(({ text }) => text.startsWith(name))?.at ?? target.at;
  if (draft.code !== undefined && draft.status === undefined)
    throw trouble(place('code'), 'code needs status=');
  const timed = draft.status === 429 || draft.status === 503;
  if (draft.retryAfter !== undefined && !timed)
    throw trouble(place('retry-after'), 'retry-after needs status=429 or status=503');
  if (draft.unannounced && !timed)
    throw trouble(place('unannounced'), 'unannounced needs status=429 or status=503');
  if (draft.status === undefined && !draft.deadCursor && draft.answers.length === 0 && !draft.slow)
    throw trouble(target.at, 'the rule says nothing that should happen, such as status=500');
}

function parseTarget(target: string): Pick<Rule, 'path' | 'query'> {
  const [path = '', ...query] = target.split('?');
  const pattern = path
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]+' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&'),
    )
    .join('');
  return { path: new RegExp(`^${pattern}/?$`), query: [...new URLSearchParams(query.join('?'))] };
}

function trouble(at: number, what: string): FaultSpecError {
  return new FaultSpecError(`--fail, at character ${at + 1}: ${what}.`);
}

function none(value: string | undefined): void {
  if (value !== undefined) throw new Error(`takes no value, not "${value}"`);
}

function text(value: string | undefined): string {
  if (value === undefined || value === '') throw new Error('needs a value');
  return value;
}

function whole(value: string | undefined, min: number, max: number): number {
  const number = /^\d+$/.test(value ?? '') ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`takes a whole number from ${min} to ${max}, not "${value ?? ''}"`);
}

function range(value: string | undefined): Range {
  const [, from, dash, to] = /^(\d+)(-)?(\d+)?$/.exec(value ?? '') ?? [];
  const start = Number(from);
  const end = dash === undefined ? start : to === undefined ? Infinity : Number(to);
  if (from !== undefined && start >= 1 && end >= start) return { from: start, to: end };
  throw new Error(`takes 3, 2-4 or 5-, not "${value ?? ''}"`);
}

function address(value: string): URL {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return new URL(value);
  throw new Error(`takes a URL such as https://elsewhere.example, not "${value}"`);
}
