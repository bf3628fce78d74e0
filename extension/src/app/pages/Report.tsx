import {
  Button,
  Flex,
  LoadingSpinner,
  Statistics,
  StatisticsItem,
  Table,
  TableBody,
  TableCell,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import { type Answer, count, day, money, PAGES, time, Trouble, useAnswer, usePlace, WORDS } from '@invoice-sync/shared';
import { CsvLinks } from './CsvLinks';
import { JobSteps } from './JobSteps';
import { Head } from './parts';
import { PeriodChooser, useJob } from './Period';
import { ReportRows } from './ReportRows';

type ReportAnswer = Answer<'ReportAnswer'>;
const words = PAGES.report;

/** The reconciliation report: plan it, see what it costs, run it, read it. */
export function Report() {
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  const mayAct = connection.value?.you.mayAct ?? false;
  const report = useJob<ReportAnswer>('/v1/reports/reconciliation');
  const { job } = report;
  return (
    <Flex direction="column" gap="md">
      <Text>{words.about}</Text>
      <PeriodChooser busy={report.busy} disabled={!mayAct} onPlan={report.plan} />
      {connection.value && !mayAct && <Text variant="microcopy">{WORDS.error.notAllowed}</Text>}
      {report.error && (
        <Trouble error={report.error} onRetry={() => void report.reload()} shown={job !== null} />
      )}
      {!job && report.loading && <LoadingSpinner label={PAGES.loading} showLabel />}
      {!job && !report.loading && !report.error && <Text>{PAGES.period.noneYet}</Text>}
      {job && (
        <>
          <JobSteps
            job={job}
            ended={report.ended}
            mayAct={mayAct}
            onReload={() => void report.reload()}
            onCancel={report.cancel}
          />
          <Plan report={job} mayAct={mayAct} onRun={report.run} />
          {job.state === 'done' && <Result report={job} />}
        </>
      )}
    </Flex>
  );
}

function Plan({ report, mayAct, onRun }: { report: ReportAnswer; mayAct: boolean; onRun: () => void }) {
  const place = usePlace();
  const { plan } = report;
  return (
    <Flex direction="column" gap="sm">
      {plan && (
        <Statistics>
          <StatisticsItem label={words.inHubSpot} number={count(plan.invoicesInHubspot, place)} />
          <StatisticsItem label={words.inQuickBooks} number={count(plan.invoicesInQuickbooks, place)} />
          <StatisticsItem label={PAGES.period.meteredReads} number={count(plan.meteredReads, place)} />
        </Statistics>
      )}
      {report.state === 'planned' && (
        <Flex>
          <Button variant="primary" disabled={!mayAct} onClick={onRun}>
            {words.run}
          </Button>
        </Flex>
      )}
      {report.state === 'running' && report.doneTo && <Text>{words.doneTo(day(report.doneTo, place))}</Text>}
    </Flex>
  );
}

function Result({ report }: { report: ReportAnswer }) {
  const place = usePlace();
  return (
    <Flex direction="column" gap="md">
      <Text>{words.asOf(time(report.updatedAt, place))}</Text>
      <Table density="condensed" bordered>
        <Head titles={words.totals} />
        <TableBody>
          {report.totals.map((total) => (
            <TableRow key={`${total.finding}-${total.currency}`}>
              <TableCell>{words.findings[total.finding]}</TableCell>
              <TableCell>{total.currency}</TableCell>
              <TableCell align="right">{count(total.invoices, place)}</TableCell>
              <TableCell align="right">{money(total.hubspot, total.currency, place)}</TableCell>
              <TableCell align="right">{money(total.quickbooks, total.currency, place)}</TableCell>
              <TableCell align="right">{money(total.difference, total.currency, place)}</TableCell>
            </TableRow>
          ))}
          {report.wholes.map((whole) => (
            <TableRow key={`all-${whole.currency}`}>
              <TableCell>{words.all}</TableCell>
              <TableCell>{whole.currency}</TableCell>
              <TableCell align="right">{count(whole.invoices, place)}</TableCell>
              <TableCell align="right">{money(whole.hubspot, whole.currency, place)}</TableCell>
              <TableCell align="right">{money(whole.quickbooks, whole.currency, place)}</TableCell>
              <TableCell align="right">{money(whole.difference, whole.currency, place)}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <CsvLinks from={report.from} to={report.to} />
      <ReportRows report={report} />
    </Flex>
  );
}
