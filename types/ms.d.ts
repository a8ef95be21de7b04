// Temporal's `Duration` is `ms.StringValue | number`. Without a declaration of `ms`, `skipLibCheck` turns it
// silently into `any` and a misspelt duration compiles.
declare module 'ms' {
  type Unit =
    | 'milliseconds'
    | 'millisecond'
    | 'ms'
    | 'seconds'
    | 'second'
    | 's'
    | 'minutes'
    | 'minute'
    | 'm'
    | 'hours'
    | 'hour'
    | 'h'
    | 'days'
    | 'day'
    | 'd';
  namespace ms {
    type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
  }
  function ms(value: ms.StringValue): number;
  export = ms;
}
