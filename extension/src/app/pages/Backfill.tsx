import {
  BarChart,
  Button,
  Flex,
  LoadingSpinner,
  ProgressBar,
  Statistics,
  StatisticsItem,
  Table,
  TableBody,
  TableCell,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import { type Answer, count, PAGES, Trouble, useAnswer, usePlace, WORDS } from '@invoice-sync/shared';
import { JobSteps } from './JobSteps';
import { Head } from './parts';
import { PeriodChooser, useJob } from './Period';

type BackfillAnswer = Answer<'BackfillAnswer'>;
const words = PAGES.backfill;

/** The backfill: plan it, see what it would do, run it, watch it. */
export function Backfill() {
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  const mayAct = connection.value?.you.mayAct ?? false;
  const backfill = useJob<BackfillAnswer>('/v1/backfill');
  const { job } = backfill;
  return (
    <Flex direction="column" gap="md">
      <Text>{words.about}</Text>
      <PeriodChooser busy={backfill.busy} disabled={!mayAct} onPlan={backfill.plan} />
      {connection.value && !mayAct && <Text variant="microcopy">{WORDS.error.notAllowed}</Text>}
      {backfill.error && (
        <Trouble error={backfill.error} onRetry={() => void backfill.reload()} shown={job !== null} />
      )}
      {!job && backfill.loading && <LoadingSpinner label={PAGES.loading} showLabel />}
      {!job && !backfill.loading && !backfill.error && <Text>{PAGES.period.noneYet}</Text>}
      {job && (
        <>
          <JobSteps
            job={job}
            ended={backfill.ended}
            mayAct={mayAct}
            onReload={() => void backfill.reload()}
            onCancel={backfill.cancel}
          />
          <Plan backfill={job} mayAct={mayAct} onRun={backfill.run} />
          <Progress backfill={job} />
        </>
      )}
    </Flex>
  );
}

function Plan({ backfill, mayAct, onRun }: { backfill: BackfillAnswer; mayAct: boolean; onRun: () => void }) {
  const place = usePlace();
  const { plan, state } = backfill;
  const data = Object.entries(plan.byOutcome).map(([outcome, invoices]) => ({
    outcome: words.outcome[outcome] ?? outcome,
    invoices,
  }));
  const failing = Object.entries(plan.byCode);
  const writes = ['create', 'update', 'void'].reduce((sum, outcome) => sum + (plan.byOutcome[outcome] ?? 0), 0);
  return (
    <Flex direction="column" gap="sm">
      <Statistics>
        <StatisticsItem label={words.invoices} number={count(plan.invoices, place)} />
        <StatisticsItem label={PAGES.period.meteredReads} number={count(plan.meteredReads + plan.runMeteredReads, place)} />
      </Statistics>
      {data.length > 0 && (
        <BarChart
          data={data}
          axes={{
            x: { field: 'outcome', fieldType: 'category', label: WORDS.table.outcome },
            y: { field: 'invoices', fieldType: 'linear', label: PAGES.home.invoices },
          }}
          options={{ title: words.chart, showDataLabels: true }}
        />
      )}
      {failing.length > 0 && (
        <Table density="condensed" bordered>
          <Head titles={words.failColumns} />
          <TableBody>
            {failing.map(([code, { title, invoices }]) => (
              <TableRow key={code}>
                <TableCell>{title}</TableCell>
                <TableCell align="right">{count(invoices, place)}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
      {state === 'planned' && (
        <Flex direction="column" gap="xs">
          <Text>{writes > 0 ? words.runAbout(writes) : words.nothingToRun}</Text>
          <Flex>
            <Button variant="primary" disabled={!mayAct} onClick={onRun}>
              {words.run}
            </Button>
          </Flex>
        </Flex>
      )}
    </Flex>
  );
}

function Progress({ backfill: { progress } }: { backfill: BackfillAnswer }) {
  const place = usePlace();
  if (!progress) return null;
  return (
    <Flex direction="column" gap="sm">
      <ProgressBar
        title={PAGES.period.progress}
        value={progress.done}
        maxValue={Math.max(progress.total, 1)}
        valueDescription={`${count(progress.done, place)} / ${count(progress.total, place)}`}
      />
      <Statistics>
        <StatisticsItem label={words.written} number={count(progress.written, place)} />
        <StatisticsItem label={words.adopted} number={count(progress.adopted, place)} />
        <StatisticsItem label={words.failing} number={count(progress.failing, place)} />
        <StatisticsItem label={words.left} number={count(progress.left, place)} />
      </Statistics>
    </Flex>
  );
}
