/** Why a job failed, in one line: a queue may hold any text. */
import type { Job } from 'bullmq';
import { oneLine, shortened } from '../core';

/** Workers that may die in one cell before it counts as one that nobody can train. */
export const MOST_DEATHS = 10;

const LONGEST = 200;

/** A name or a reason from a queue, as a line that does nothing to a terminal. */
export const inLine = (text: string): string => shortened(oneLine(text), LONGEST);

type Failed = Pick<Job, 'attemptsMade' | 'failedReason' | 'stalledCounter'>;

/** BullMQ counts a lock that ran out as a stall, whether its worker died or only lost the server. */
export const failureOf = ({ attemptsMade, failedReason, stalledCounter }: Failed): string =>
  stalledCounter > MOST_DEATHS
    ? `${stalledCounter} workers that died in it, or lost the server for longer than the lock`
    : `${attemptsMade} attempts, the last: ${inLine(failedReason)}`;
