import { defaultFailureConverter, defaultPayloadConverter, ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';

const { TimeoutType } = proto.temporal.api.enums.v1;
type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type Failure = proto.temporal.api.failure.v1.IFailure;

/** A failure in words: the deepest cause that an application raised, else the outermost message. */
export interface MirroredFailure {
  type: string | null;
  message: string;
}

export interface MirroredActivity {
  scheduledEventId: bigint;
  activityId: string;
  activityType: string;
  taskQueue: string;
  summary: string | null;
  status: 'scheduled' | 'completed' | 'failed' | 'timed_out' | 'cancelled';
  attempt: number | null;
  worker: string | null;
  scheduledAt: Date;
  startedAt: Date | null;
  closedAt: Date | null;
  closedEventId: bigint | null;
  failure: MirroredFailure | null;
}

export type CloseStatus =
  'completed' | 'failed' | 'timed_out' | 'terminated' | 'cancelled' | 'continued_as_new';

export interface MirroredClose {
  status: CloseStatus;
  at: Date;
  reason: string | null;
  identity: string | null;
  failure: MirroredFailure | null;
  /** The run that goes on, after continue-as-new. */
  successor: string | null;
}

/** A run's history as it is mirrored. Workflow-task events are left out: the server may invent and renumber them. */
export interface MirroredHistory {
  workflowType: string | null;
  startedAt: Date | null;
  activities: Map<string, MirroredActivity>;
  close: MirroredClose | null;
  /** Identity of whoever asked for a cancellation. */
  cancelRequestedBy: string | null;
  lastEventId: bigint;
}

export const emptyHistory = (): MirroredHistory => ({
  workflowType: null,
  startedAt: null,
  activities: new Map(),
  close: null,
  cancelRequestedBy: null,
  lastEventId: 0n,
});

/** Adds events to a history; the same events may be added twice. Returns the activities that changed. */
export function addEvents(history: MirroredHistory, events: readonly HistoryEvent[]): MirroredActivity[] {
  const changed = new Map<string, MirroredActivity>();
  for (const event of events) {
    const activity = addActivityEvent(history, event);
    if (activity) changed.set(String(activity.scheduledEventId), activity);
    const known = activity !== null || addRunEvent(history, event);
    const id = idOf(event.eventId);
    if (known && id > history.lastEventId) history.lastEventId = id;
  }
  return [...changed.values()];
}

const idOf = (id: { toString(): string } | null | undefined): bigint => BigInt(id?.toString() ?? '0');

const timeOf = (
  time: { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined,
): Date => new Date(Number(time?.seconds?.toString() ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6));

function addActivityEvent(history: MirroredHistory, event: HistoryEvent): MirroredActivity | null {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const id = idOf(event.eventId);
    const activity: MirroredActivity = history.activities.get(String(id)) ?? {
      scheduledEventId: id,
      activityId: scheduled.activityId ?? '',
      activityType: scheduled.activityType?.name ?? '',
      taskQueue: scheduled.taskQueue?.name ?? '',
      summary: summaryOf(event),
      status: 'scheduled',
      attempt: null,
      worker: null,
      scheduledAt: timeOf(event.eventTime),
      startedAt: null,
      closedAt: null,
      closedEventId: null,
      failure: null,
    };
    history.activities.set(String(id), activity);
    return activity;
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    const activity = history.activities.get(String(idOf(started.scheduledEventId)));
    if (!activity) return null;
    activity.attempt = started.attempt ?? null;
    activity.worker = started.identity ?? null;
    activity.startedAt = timeOf(event.eventTime);
    return activity;
  }
  return addActivityClose(history, event);
}

function addActivityClose(history: MirroredHistory, event: HistoryEvent): MirroredActivity | null {
  const closes: [
    MirroredActivity['status'],
    { scheduledEventId?: unknown; failure?: Failure | null } | null | undefined,
  ][] = [
    ['completed', event.activityTaskCompletedEventAttributes],
    ['failed', event.activityTaskFailedEventAttributes],
    ['timed_out', event.activityTaskTimedOutEventAttributes],
    ['cancelled', event.activityTaskCanceledEventAttributes],
  ];
  const close = closes.find(([, attributes]) => attributes);
  const attributes = close?.[1];
  if (!close || !attributes) return null;
  const activity = history.activities.get(
    String(idOf(attributes.scheduledEventId as { toString(): string })),
  );
  if (!activity) return null;
  activity.status = close[0];
  activity.closedAt = timeOf(event.eventTime);
  activity.closedEventId = idOf(event.eventId);
  activity.failure = attributes.failure ? deepestFailure(attributes.failure) : null;
  return activity;
}

function addRunEvent(history: MirroredHistory, event: HistoryEvent): boolean {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) {
    history.workflowType = started.workflowType?.name ?? null;
    history.startedAt = timeOf(event.eventTime);
    return true;
  }
  const cancelRequested = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancelRequested) {
    history.cancelRequestedBy = cancelRequested.identity ?? null;
    return true;
  }
  const close = closeOf(event);
  if (!close) return false;
  history.close = close;
  return true;
}

function closeOf(event: HistoryEvent): MirroredClose | null {
  const blank = { at: timeOf(event.eventTime), reason: null, identity: null, failure: null, successor: null };
  const failed = event.workflowExecutionFailedEventAttributes;
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  const continued = event.workflowExecutionContinuedAsNewEventAttributes;
  if (event.workflowExecutionCompletedEventAttributes) return { ...blank, status: 'completed' };
  if (event.workflowExecutionTimedOutEventAttributes) return { ...blank, status: 'timed_out' };
  if (event.workflowExecutionCanceledEventAttributes) return { ...blank, status: 'cancelled' };
  if (failed)
    return { ...blank, status: 'failed', failure: failed.failure ? deepestFailure(failed.failure) : null };
  if (terminated) {
    const { reason = null, identity = null } = terminated;
    return { ...blank, status: 'terminated', reason, identity };
  }
  if (continued)
    return { ...blank, status: 'continued_as_new', successor: continued.newExecutionRunId ?? null };
  return null;
}

function summaryOf(event: HistoryEvent): string | null {
  const payload = event.userMetadata?.summary;
  const summary: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
  return typeof summary === 'string' ? summary : null;
}

function deepestFailure(failure: Failure): MirroredFailure {
  let error: unknown = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
  let deepest = error;
  while (error instanceof Error) {
    if (error instanceof ApplicationFailure) deepest = error;
    error = error.cause;
  }
  const timeout = failure.timeoutFailureInfo?.timeoutType ?? failure.cause?.timeoutFailureInfo?.timeoutType;
  const message = deepest instanceof Error ? deepest.message : String(deepest);
  return {
    type: deepest instanceof ApplicationFailure ? (deepest.type ?? null) : null,
    message: timeout ? `${message} (${TimeoutType[timeout]})` : message,
  };
}
