import {
  Button,
  EmptyState,
  Flex,
  SearchInput,
  Select,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableRow,
  Text,
  useDebounce,
} from '@hubspot/ui-extensions';
import {
  type Answer,
  type ApiError,
  call,
  day,
  dayOf,
  money,
  PAGES,
  reasonOf,
  useAnswer,
  usePages,
  usePlace,
  usePolling,
  WORDS,
} from '@invoice-sync/shared';
import { useState } from 'react';
import type { Subject } from './Detail';
import { Head, InvoiceLink, Shown } from './parts';

type Row = Answer<'FailingInvoice'>;
const words = PAGES.failing;
const SEARCH_MS = 400;

type ListProps = { mayAct: boolean; acted: boolean; onShow: (subject: Subject) => void };

/** All failing invoices, newest failure first, with a search and a filter. */
export function FailingList({ mayAct, acted, onShow }: ListProps) {
  const [search, setSearch] = useState('');
  const [code, setCode] = useState('');
  const searched = useDebounce(search.trim(), SEARCH_MS);
  const counted = useAnswer<Answer<'FailureCountAnswer'>>('/v1/failures/count');
  const pages = usePages<Answer<'FailuresAnswer'>>('/v1/failures', { code, search: searched, limit: 25 });
  const moving = pages.value?.failures.some(({ queuedAt }) => queuedAt !== null) ?? false;
  const polling = usePolling(moving || acted, pages.reload);
  const asked = () => {
    polling.restart();
    void pages.reload();
  };
  const codes = Object.entries(counted.value?.byCode ?? {});
  const options = [
    { label: words.everyReason, value: '' },
    ...codes.map(([name, invoices]) => ({ label: `${reasonOf(name)} (${invoices})`, value: name })),
  ];
  const { invoice, customer, amount, due, why, since } = words.list;
  return (
    <Flex direction="column" gap="sm">
      <Flex gap="sm" align="end" wrap>
        <SearchInput name="search" label={words.search} value={search} onInput={setSearch} />
        <Select
          name="code"
          label={words.reason}
          value={code}
          options={options}
          onChange={(value) => setCode(String(value))}
        />
      </Flex>
      <Shown of={pages}>
        {(value) =>
          value.failures.length === 0 && pages.pageCount === 1 ? (
            <Nothing filtered={search !== '' || code !== ''} />
          ) : (
            <Table
              paginated
              density="condensed"
              page={pages.page}
              pageCount={pages.pageCount}
              onPageChange={pages.onPageChange}
            >
              <Head titles={[invoice, customer, amount, due, why, since, words.columns.action]} />
              <TableBody>
                {value.failures.map((row) => (
                  <InvoiceRow key={row.invoiceId} row={row} mayAct={mayAct} onShow={onShow} onAsked={asked} />
                ))}
              </TableBody>
            </Table>
          )
        }
      </Shown>
    </Flex>
  );
}

type RowProps = { row: Row; mayAct: boolean; onShow: (subject: Subject) => void; onAsked: () => void };

function InvoiceRow({ row, mayAct, onShow, onAsked }: RowProps) {
  const place = usePlace();
  const [error, setError] = useState<ApiError | null>(null);
  const retry = () =>
    void call(`/v1/invoices/${row.invoiceId}/retry`, 'POST').then(onAsked, (trouble: ApiError) => setError(trouble));
  return (
    <TableRow>
      <TableCell width="min">
        <InvoiceLink id={row.invoiceId} number={row.number} />
      </TableCell>
      <TableCell>{row.company || row.customer || '–'}</TableCell>
      <TableCell align="right">{money(row.amount, row.currency, place)}</TableCell>
      <TableCell>{day(row.dueDate, place)}</TableCell>
      <TableCell>{row.failure.title}</TableCell>
      <TableCell>{dayOf(row.failure.since, place)}</TableCell>
      <TableCell>
        <Flex gap="xs" wrap>
          <Button size="xs" onClick={() => onShow({ kind: 'invoice', invoice: row })}>
            {words.why}
          </Button>
          {row.queuedAt ? (
            <StatusTag variant="warning">{words.queued}</StatusTag>
          ) : (
            <Button size="xs" variant="transparent" disabled={!mayAct} onClick={retry}>
              {words.retry}
            </Button>
          )}
        </Flex>
        {error && <Text variant="microcopy">{`${WORDS.error.title}: ${error.message}`}</Text>}
      </TableCell>
    </TableRow>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <EmptyState title={filtered ? words.noneFound : words.none} layout="vertical">
      <Text>{filtered ? words.noneFoundMore : words.noneMore}</Text>
    </EmptyState>
  );
}
