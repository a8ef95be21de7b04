import { excludesNobody, member, text } from './members.ts';

/** What an active rule of a policy does. */
export interface RuleReading {
  /** What the target's policy can be told, in words. */
  notes: string[];
  /** What it cannot. */
  excess: string[];
  denies: boolean;
  secondFactor: boolean;
  /** It says how long somebody stays signed in. */
  session: boolean;
  /** People who are not known may register themselves. */
  registers: boolean;
  /** It does anything at all. */
  effective: boolean;
}

const nothing = (): RuleReading => ({
  notes: [],
  excess: [],
  denies: false,
  secondFactor: false,
  session: false,
  registers: false,
  effective: true,
});

/**
 * Reads the actions of a rule member by member; what is not known is more than the target can be told.
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
export function readActions(type: string, actions: Readonly<Record<string, unknown>>): RuleReading {
  const reading = nothing();
  const { appSignOn, signon, ...others } = actions;
  if (type === 'ACCESS_POLICY') readAppSignOn(appSignOn, reading);
  else if (type === 'OKTA_SIGN_ON') readSignOn(signon, reading);
  else if (type === 'PASSWORD') readPassword(actions, reading);
  else if (type === 'PROFILE_ENROLLMENT') {
    reading.registers = text(actions, 'profileEnrollment', 'unknownUserAction') === 'REGISTER';
  } else reading.effective = !Object.values(actions).every(excludesNobody);
  if (type === 'ACCESS_POLICY' || type === 'OKTA_SIGN_ON') beyond(others, reading);
  return reading;
}

/** Whatever is left of an object after what was read of it. */
function beyond(others: Readonly<Record<string, unknown>>, { excess }: RuleReading): void {
  for (const [name, value] of Object.entries(others)) if (!excludesNobody(value)) excess.push(name);
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function readAccess(access: unknown, reading: RuleReading): void {
  if (access === 'DENY') reading.denies = true;
  else if (access !== 'ALLOW') reading.excess.push('access of an unknown kind');
}

function readAppSignOn(action: unknown, reading: RuleReading): void {
  const { access, verificationMethod, keepMeSignedIn, ...others } = objectOf(action);
  readAccess(access, reading);
  readMethod(objectOf(verificationMethod), reading);
  if (text(keepMeSignedIn, 'postAuth') === 'ALLOWED') {
    reading.notes.push('people may stay signed in');
    reading.session = true;
  }
  beyond(others, reading);
}

function readMethod(method: Record<string, unknown>, reading: RuleReading): void {
  const { type, factorMode, reauthenticateIn, inactivityPeriod, constraints, chains, ...others } = method;
  if ((type ?? 'ASSURANCE') === 'AUTH_METHOD_CHAIN' || !excludesNobody(chains)) {
    reading.excess.push('a chain of methods');
    // What stands in a chain is more than a password, as far as anybody can tell.
    reading.secondFactor = true;
  } else if ((type ?? 'ASSURANCE') !== 'ASSURANCE') reading.excess.push('a check of another kind');
  if (factorMode === '2FA') {
    reading.notes.push('a second factor');
    reading.secondFactor = true;
  } else if (factorMode === '1FA') reading.notes.push('one factor');
  else if (!excludesNobody(factorMode)) reading.excess.push('factors of an unknown kind');
  readLength('checked again after', reauthenticateIn, reading);
  readLength('or when idle for', inactivityPeriod, reading);
  readConstraints(constraints, reading);
  beyond(others, reading);
}

function readLength(words: string, duration: unknown, reading: RuleReading): void {
  if (excludesNobody(duration)) return;
  reading.notes.push(`${words} ${typeof duration === 'string' ? duration : 'some time'}`);
  reading.session = true;
}

/** A constraint that asks for the password is a requirement of a password; any other asks for more. */
function readConstraints(constraints: unknown, reading: RuleReading): void {
  for (const constraint of Array.isArray(constraints) ? (constraints as unknown[]) : [constraints]) {
    if (excludesNobody(constraint)) continue;
    const { knowledge, ...others } = objectOf(constraint);
    const { types, required: _, reauthenticateIn, ...more } = objectOf(knowledge);
    const passwordAlone = Array.isArray(types) && types.every((each) => each === 'password');
    if (passwordAlone && excludesNobody(others) && excludesNobody(more)) {
      reading.notes.push('the password');
      readLength('asked for again after', reauthenticateIn, reading);
    } else reading.excess.push('particular authenticators');
  }
}

function readSignOn(action: unknown, reading: RuleReading): void {
  const { access, requireFactor, primaryFactor, session, ...rest } = objectOf(action);
  const { factorPromptMode, factorLifetime: _, rememberDeviceByDefault: __, challenge, ...others } = rest;
  readAccess(access, reading);
  if (requireFactor === true) {
    const mode = typeof factorPromptMode === 'string' ? ` (${factorPromptMode.toLowerCase()})` : '';
    reading.notes.push(`a second factor${mode}`);
    reading.secondFactor = true;
  } else if (requireFactor !== false) reading.excess.push('factors of an unknown kind');
  if (primaryFactor === 'PASSWORD_IDP_ANY_FACTOR') reading.notes.push('any first factor');
  else if (primaryFactor === 'PASSWORD_IDP' || excludesNobody(primaryFactor))
    reading.notes.push('the password');
  else reading.excess.push('a first factor of an unknown kind');
  if (!excludesNobody(session)) {
    const minutes = (name: string) => JSON.stringify(member(session, name) ?? 'unknown');
    reading.notes.push(
      `sessions of ${minutes('maxSessionLifetimeMinutes')} minutes at most (0 is for ever), idle for ${minutes('maxSessionIdleMinutes')}`,
    );
    reading.session = true;
  }
  if (!excludesNobody(challenge)) reading.excess.push('a chain of methods');
  beyond(others, reading);
}

function readPassword(actions: Readonly<Record<string, unknown>>, reading: RuleReading): void {
  const { passwordChange, selfServicePasswordReset, selfServiceUnlock, ...others } = actions;
  const steps: [string, unknown][] = [
    ['change their password', passwordChange],
    ['reset it by themselves', selfServicePasswordReset],
    ['unlock themselves', selfServiceUnlock],
  ];
  for (const [words, step] of steps) {
    const access = text(step, 'access');
    if (access === 'ALLOW') reading.notes.push(`people may ${words}`);
    else if (access !== 'DENY' && !excludesNobody(step)) reading.excess.push(`whether people may ${words}`);
  }
  const { primary, stepUp, ...more } = objectOf(member(selfServicePasswordReset, 'requirement'));
  const constrained = !excludesNobody(member(primary, 'methodConstraints'));
  if (constrained || member(stepUp, 'required') === true || !excludesNobody(more)) {
    reading.excess.push('particular ways to recover an account');
  }
  beyond(others, reading);
}
