/** What a route answered. */
export interface Answer {
  status: number;
  headers: Headers;
  // Bodies are read freely in assertions.
  body: Body;
  text: string;
}

/** JSON as a test reads it: any member, any depth. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- assertions look into answers of every shape
export type Body = any;
