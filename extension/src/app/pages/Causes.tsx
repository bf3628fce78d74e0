import { Button, EmptyState, Flex, Table, TableBody, TableCell, TableRow, Text } from '@hubspot/ui-extensions';
import { type Answer, count, PAGES, sums, time, usePages, usePlace, usePolling } from '@invoice-sync/shared';
import type { Subject } from './Detail';
import { Head, Shown } from './parts';

type CausesAnswer = Answer<'CausesAnswer'>;
const words = PAGES.failing;

type Props = { acted: boolean; onShow: (subject: Subject) => void; onShowAll: () => void };

/** What invoices fail for, the cause with the most invoices first. */
export function Causes({ acted, onShow, onShowAll }: Props) {
  const place = usePlace();
  const pages = usePages<CausesAnswer>('/v1/failures', { groupBy: 'cause', limit: 25 });
  usePolling(acted, pages.reload);
  const { cause, invoices, atStake, latest, action } = words.columns;
  return (
    <Shown of={pages}>
      {(value) => (
        <Flex direction="column" gap="sm">
          <Single single={value.single} nothingElse={value.causes.length === 0} onShowAll={onShowAll} />
          {value.causes.length > 0 && (
            <Table paginated page={pages.page} pageCount={pages.pageCount} onPageChange={pages.onPageChange}>
              <Head titles={[cause, invoices, atStake, latest, action]} />
              <TableBody>
                {value.causes.map((row) => (
                  <TableRow key={row.cause}>
                    <TableCell>
                      <Text format={{ fontWeight: 'demibold' }}>{row.failure.title}</Text>
                      <Text variant="microcopy">{row.failure.explanation}</Text>
                    </TableCell>
                    <TableCell align="right">{count(row.invoices, place)}</TableCell>
                    <TableCell align="right">{sums(row.atStake, place)}</TableCell>
                    <TableCell>{time(row.newestAt, place)}</TableCell>
                    <TableCell>
                      <Button size="xs" onClick={() => onShow({ kind: 'cause', cause: row })}>
                        {words.why}
                      </Button>
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          )}
        </Flex>
      )}
    </Shown>
  );
}

type SingleProps = { single: CausesAnswer['single']; nothingElse: boolean; onShowAll: () => void };

function Single({ single, nothingElse, onShowAll }: SingleProps) {
  const invoices = Object.values(single).reduce((sum, some) => sum + some, 0);
  if (invoices > 0) {
    return (
      <Flex gap="sm" align="center" wrap>
        <Text>{words.single(invoices)}</Text>
        <Button size="xs" onClick={onShowAll}>
          {words.showSingle}
        </Button>
      </Flex>
    );
  }
  if (!nothingElse) return null;
  return (
    <EmptyState title={words.none} layout="vertical">
      <Text>{words.noneMore}</Text>
    </EmptyState>
  );
}
