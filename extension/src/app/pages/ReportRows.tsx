import { Flex, Select, Table, TableBody, TableCell, TableRow, Text } from '@hubspot/ui-extensions';
import { type Answer, day, money, PAGES, reasonOf, usePages, usePlace } from '@invoice-sync/shared';
import { useState } from 'react';
import { Head, InvoiceLink, Shown } from './parts';

type ReportAnswer = Answer<'ReportAnswer'>;
type Row = Answer<'ReportRow'>;
const words = PAGES.report;

/** The invoices of a report, those of one finding if asked. */
export function ReportRows({ report }: { report: ReportAnswer }) {
  const [finding, setFinding] = useState('');
  const { from, to } = report;
  const pages = usePages<ReportAnswer>('/v1/reports/reconciliation', { from, to, finding, limit: 100 });
  const findings = [...new Set(report.totals.map((total) => total.finding))];
  const options = [
    { label: words.every, value: '' },
    ...findings.map((value) => ({ label: words.findings[value], value })),
  ];
  return (
    <Flex direction="column" gap="sm">
      <Select
        name="finding"
        label={words.finding}
        value={finding}
        options={options}
        onChange={(value) => setFinding(String(value))}
      />
      <Shown of={pages}>
        {(value) =>
          value.rows.length === 0 && pages.pageCount === 1 ? (
            <Text>{words.noRows}</Text>
          ) : (
            <Table
              paginated
              density="condensed"
              page={pages.page}
              pageCount={pages.pageCount}
              onPageChange={pages.onPageChange}
            >
              <Head titles={words.rows} />
              <TableBody>
                {value.rows.map((row) => (
                  <ReportRow key={`${row.hubspotId}-${row.quickbooksId}`} row={row} />
                ))}
              </TableBody>
            </Table>
          )
        }
      </Shown>
    </Flex>
  );
}

function ReportRow({ row }: { row: Row }) {
  const place = usePlace();
  return (
    <TableRow>
      <TableCell>{words.findings[row.finding]}</TableCell>
      <TableCell>
        {row.hubspotId ? <InvoiceLink id={row.hubspotId} number={row.hubspotNumber} /> : row.quickbooksNumber || '–'}
      </TableCell>
      <TableCell>{row.customer || '–'}</TableCell>
      <TableCell>{day(row.hubspotDate ?? row.quickbooksDate, place)}</TableCell>
      <TableCell align="right">{money(row.hubspotAmount, row.currency, place)}</TableCell>
      <TableCell align="right">{money(row.quickbooksAmount, row.currency, place)}</TableCell>
      <TableCell>{row.reason || (row.failureCode && reasonOf(row.failureCode))}</TableCell>
    </TableRow>
  );
}
