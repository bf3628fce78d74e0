import { Button, EmptyState, Flex, Table, TableBody, TableCell, TableRow, Text } from '@hubspot/ui-extensions';
import { type Answer, count, PAGES, sums, time, usePages, usePlace, usePolling } from '@invoice-sync/shared';
import type { Subject } from './Detail';
import { Head, Shown } from './parts';

type CausesAnswer = Answer<'CausesAnswer'>;
const words = PAGES.failing;

/** What invoices fail for, the cause with the most invoices first. */
export function Causes({ acted, onShow }: { acted: boolean; onShow: (subject: Subject) => void }) {
  const place = usePlace();
  const pages = usePages<CausesAnswer>('/v1/failures', { groupBy: 'cause', limit: 25 });
  usePolling(acted, pages.reload);
  const { cause, invoices, atStake, since, action } = words.columns;
  return (
    <Shown of={pages}>
      {(value) => (
        <Flex direction="column" gap="sm">
          {value.causes.length > 0 && (
            <Table paginated page={pages.page} pageCount={pages.pageCount} onPageChange={pages.onPageChange}>
              <Head titles={[cause, invoices, atStake, since, action]} />
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
          <Single single={value.single} nothingElse={value.causes.length === 0} />
        </Flex>
      )}
    </Shown>
  );
}

function Single({ single, nothingElse }: { single: CausesAnswer['single']; nothingElse: boolean }) {
  const invoices = Object.values(single).reduce((sum, some) => sum + some, 0);
  if (invoices > 0) return <Text>{words.single(invoices)}</Text>;
  if (!nothingElse) return null;
  return (
    <EmptyState title={words.none} layout="vertical">
      <Text>{words.noneMore}</Text>
    </EmptyState>
  );
}
