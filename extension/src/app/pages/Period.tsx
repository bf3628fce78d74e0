import { Button, DateInput, Flex, LoadingButton, Text } from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, PAGES, useAnswer, usePlace, usePolling, withQuery } from '@invoice-sync/shared';
import { useState } from 'react';

const words = PAGES.period;
type Day = { year: number; month: number; date: number };
type Job = Answer<'ReportAnswer'> | Answer<'BackfillAnswer'>;

export type JobOf<T extends Job> = {
  job: T | null;
  error: ApiError | null;
  loading: boolean;
  busy: boolean;
  ended: boolean;
  reload: () => Promise<void>;
  plan: (from: string, to: string) => void;
  run: () => void;
  cancel: () => void;
};

/** A report or a backfill: the one of a period that was asked for here, else the latest. */
export function useJob<T extends Job>(path: string): JobOf<T> {
  const [period, setPeriod] = useState<{ from: string; to: string } | null>(null);
  const [asked, setAsked] = useState<{ error: ApiError | null; busy: boolean }>({ error: null, busy: false });
  const loaded = useAnswer<T>(withQuery(path, period ?? {}));
  const job = loaded.value;
  const moving = job?.state === 'planning' || job?.state === 'running';
  const polling = usePolling(moving, loaded.reload);
  const post = (from: string, to: string, more: { run?: boolean; again?: boolean }, where = path) => {
    setAsked({ error: null, busy: true });
    polling.restart();
    void call<T>(where, 'POST', { from, to, ...more })
      .then(
        () => {
          setPeriod({ from, to });
          setAsked({ error: null, busy: false });
          return period?.from === from && period.to === to ? loaded.reload() : undefined;
        },
        (error: ApiError) => setAsked({ error, busy: false }),
      );
  };
  const none = loaded.error?.status === 404 && loaded.error.code !== 'not_connected';
  return {
    job,
    error: asked.error ?? (none ? null : loaded.error),
    loading: loaded.loading,
    busy: asked.busy,
    ended: polling.ended,
    reload: () => {
      polling.restart();
      return loaded.reload();
    },
    plan: (from, to) => post(from, to, { again: job !== null && job.from === from && job.to === to }),
    run: () => job && post(job.from, job.to, { run: true }),
    cancel: () => job && post(job.from, job.to, {}, `${path}/cancel`),
  };
}

type ChooserProps = { busy: boolean; disabled: boolean; onPlan: (from: string, to: string) => void };

/** The period of a report or a backfill. */
export function PeriodChooser({ busy, disabled, onPlan }: ChooserProps) {
  const [first, setFirst] = useState<Day | null>(null);
  const [last, setLast] = useState<Day | null>(null);
  const from = first && written(first);
  const to = last && written(last);
  const valid = from !== null && to !== null && from <= to;
  const plan = () => {
    if (valid) onPlan(from, to);
  };
  const { timeZone } = usePlace();
  const choose = (back: number) => {
    const [start, end] = monthOf(new Date(), timeZone, back);
    setFirst(start);
    setLast(end);
  };
  return (
    <Flex direction="column" gap="xs">
      <Flex gap="sm" align="end" wrap>
        <DateInput name="from" label={words.from} format="YYYY-MM-DD" value={first ?? undefined} onChange={setFirst} />
        <DateInput name="to" label={words.to} format="YYYY-MM-DD" value={last ?? undefined} onChange={setLast} />
        <LoadingButton loading={busy} disabled={disabled || !valid} onClick={plan}>
          {words.plan}
        </LoadingButton>
        <Button size="sm" variant="transparent" onClick={() => choose(1)}>
          {words.lastMonth}
        </Button>
        <Button size="sm" variant="transparent" onClick={() => choose(0)}>
          {words.thisMonth}
        </Button>
      </Flex>
      {first && last && !valid && <Text variant="microcopy">{words.choose}</Text>}
    </Flex>
  );
}

/** The first and the last day of a month, so many before the one that `now` is in. */
export function monthOf(now: Date, timeZone: string, back: number): [Day, Day] {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric' }).formatToParts(now);
  const number = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const [start, end] = [0, 1].map((more) => new Date(Date.UTC(number('year'), number('month') - 1 - back + more, 1 - more)));
  return [asDay(start as Date), asDay(end as Date)];
}

function asDay(day: Date): Day {
  return { year: day.getUTCFullYear(), month: day.getUTCMonth(), date: day.getUTCDate() };
}

/** The months of HubSpot's DateInput begin with 0. */
function written({ year, month, date }: Day): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${year}-${two(month + 1)}-${two(date)}`;
}
