import { Prisma } from '../client.ts';

/** A value of ours as Prisma's JSON input. Our values are JSON by construction; Prisma's type cannot know that. */
export const json = (value: object): Prisma.InputJsonValue => value;

/** The same for a nullable column: null is the database's, not JSON's. */
export const jsonOrNull = (value: object | null): Prisma.InputJsonValue | typeof Prisma.DbNull =>
  value === null ? Prisma.DbNull : json(value);
