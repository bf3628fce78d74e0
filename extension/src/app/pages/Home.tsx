import {
  Alert,
  BarChart,
  Button,
  EmptyState,
  Flex,
  Link,
  Panel,
  PanelBody,
  Statistics,
  StatisticsItem,
  Text,
} from '@hubspot/ui-extensions';
import { PageLink } from '@hubspot/ui-extensions/pages';
import {
  type Answer,
  count,
  money,
  PAGES,
  reasonOf,
  sums,
  time,
  Trouble,
  useAnswer,
  usePlace,
  usePolling,
  WORDS,
} from '@invoice-sync/shared';
import { useState } from 'react';
import { FailingBody } from './Failing';
import { Shown } from './parts';

type Count = Answer<'FailureCountAnswer'>;
const words = PAGES.home;

/** The overview: the banner of failing invoices, what is at stake, and how the connection is. */
export function Home() {
  const failures = useAnswer<Count>('/v1/failures/count');
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  // Whoever closes the panel may have acted in it.
  const [looked, setLooked] = useState(false);
  const polling = usePolling(looked, failures.reload);
  const closed = () => {
    setLooked(true);
    polling.restart();
    void failures.reload();
  };
  const state = connection.value?.state;
  if (state === 'not_connected') return <NotConnected url={connection.value?.connectUrl ?? ''} />;
  return (
    <Flex direction="column" gap="md">
      {connection.error && <Trouble error={connection.error} onRetry={() => void connection.reload()} shown />}
      {state === 'reconnect_required' && (
        <Alert
          title={WORDS.connection.reconnect(connection.value?.service === 'hubspot' ? 'HubSpot' : 'QuickBooks')}
          variant="danger"
        >
          <Link href={{ url: connection.value?.connectUrl ?? '', external: true }}>
            {WORDS.connection.reconnectButton}
          </Link>
        </Alert>
      )}
      <Shown of={failures}>
        {(value) => (
          <>
            <Banner failures={value} onClosed={closed} />
            <Money failures={value} />
            <Reasons failures={value} />
          </>
        )}
      </Shown>
    </Flex>
  );
}

function Banner({ failures, onClosed }: { failures: Count; onClosed: () => void }) {
  const place = usePlace();
  if (failures.failing === 0) {
    return (
      <EmptyState title={words.allSynced} layout="vertical" imageName="successfullyConnectedEmail">
        <Text>{words.allSyncedMore}</Text>
      </EmptyState>
    );
  }
  const panel = (
    <Panel id="failing" title={PAGES.failing.title} width="lg" variant="modal" onClose={onClosed}>
      <PanelBody>
        <FailingBody />
      </PanelBody>
    </Panel>
  );
  return (
    <Flex direction="column" gap="sm">
      <Alert title={words.banner(failures.failing)} variant="danger">
        {failures.atStake.length > 0 && words.atStake(sums(failures.atStake, place))}
      </Alert>
      <Flex gap="sm">
        <Button variant="primary" overlay={panel}>
          {words.view}
        </Button>
      </Flex>
      <Statistics>
        <StatisticsItem label={words.failingNow} number={count(failures.failing, place)} />
        {failures.atStake.map(({ currency, amount, invoices }) => (
          <StatisticsItem key={currency} label={words.billedBy(invoices)} number={money(amount, currency, place)} />
        ))}
        <StatisticsItem label={words.oldest} number={time(failures.oldestFailedAt, place)} />
      </Statistics>
    </Flex>
  );
}

function Money({ failures: { unrecorded } }: { failures: Count }) {
  const place = usePlace();
  const amounts = unrecorded.payments + unrecorded.refunds + unrecorded.lowered;
  if (amounts === 0) return null;
  return (
    <Alert title={words.unrecordedTitle(amounts)} variant="warning">
      {unrecorded.sums.length > 0 && `${sums(unrecorded.sums, place)}. `}
      <PageLink to="/payments">{words.viewPayments}</PageLink>
    </Alert>
  );
}

/** How many invoices fail for which reason. */
function Reasons({ failures }: { failures: Count }) {
  const reasons = Object.entries(failures.byCode);
  if (reasons.length === 0) return null;
  const data = reasons.map(([code, invoices]) => ({ reason: reasonOf(code), invoices }));
  return (
    <BarChart
      data={data}
      axes={{
        x: { field: 'reason', fieldType: 'category', label: words.reason },
        y: { field: 'invoices', fieldType: 'linear', label: words.invoices },
      }}
      options={{ title: words.reasons, showDataLabels: true }}
    />
  );
}

function NotConnected({ url }: { url: string }) {
  return (
    <EmptyState title={WORDS.connection.notConnected} layout="vertical">
      <Text>{WORDS.connection.howToConnect}</Text>
      <Link href={{ url, external: true }}>{WORDS.connection.connect}</Link>
    </EmptyState>
  );
}
