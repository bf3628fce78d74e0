import {
  Alert,
  DescriptionList,
  DescriptionListItem,
  EmptyState,
  Flex,
  hubspot,
  Link,
  LoadingButton,
  LoadingSpinner,
  Text,
  useExtensionActions,
  useExtensionContext,
} from '@hubspot/ui-extensions';
import {
  type Answer,
  type ApiError,
  call,
  ConnectionEnded,
  Decide,
  FailureView,
  InvoiceStatus,
  money,
  time,
  Trouble,
  useAnswer,
  usePlace,
  usePolling,
  WORDS,
} from '@invoice-sync/shared';
import { useState } from 'react';
import { More } from './More';

type SyncStatus = Answer<'SyncStatusAnswer'>;
type Connection = Answer<'ConnectionAnswer'>;
const words = WORDS.card;

/** The card "Integrations sync" of an invoice: whether it is in QuickBooks, why not, and what to do. */
export function SyncCard() {
  const { crm } = useExtensionContext<'crm.record.tab'>();
  const invoiceId = String(crm.objectId);
  const status = useAnswer<SyncStatus>(`/v1/invoices/${invoiceId}/sync-status`);
  const shown = status.value;
  const connection = useAnswer<Connection>(shown && !shown.connected ? '/v1/connection' : null);
  const moving = shown !== null && (shown.queuedAt !== null || shown.status === 'pending');
  const polling = usePolling(moving, status.reload);

  if (shown === null) {
    if (status.error) return <Trouble error={status.error} onRetry={() => void status.reload()} />;
    return <LoadingSpinner label={words.loading} showLabel />;
  }
  const isNew = shown.status === 'unknown';
  if (isNew && connection.value?.state === 'not_connected') return <NotConnected connection={connection.value} />;
  const asked = () => {
    polling.restart();
    return status.reload();
  };
  return (
    <Flex direction="column" gap="md">
      {status.error && <Trouble error={status.error} onRetry={() => void status.reload()} shown />}
      {connection.value && <ConnectionEnded connection={connection.value} />}
      <Head shown={shown} onAsked={asked} />
      <Waiting shown={shown} ended={polling.ended} />
      <Facts shown={shown} />
      {shown.failure && <FailureView failure={shown.failure} />}
      {(shown.status === 'skipped' || shown.status === 'synced') && shown.reason && <Text>{shown.reason}</Text>}
      {shown.status === 'unknown' && <Text>{words.unknown}</Text>}
      {shown.resolutions.length > 0 && (
        <Flex direction="column" gap="xs">
          <Text format={{ fontWeight: 'demibold' }}>
            {shown.failure ? WORDS.failure.oneClick : words.canDecide}
          </Text>
          <Flex gap="sm" wrap>
            {shown.resolutions.map((resolution) => (
              <Decide
                key={resolution.name}
                invoiceId={invoiceId}
                resolution={resolution}
                disabled={!shown.mayAct}
                onDecided={() => void asked()}
              />
            ))}
          </Flex>
          {!shown.mayAct && <Text variant="microcopy">{WORDS.error.notAllowed}</Text>}
        </Flex>
      )}
      <More shown={shown} />
    </Flex>
  );
}

function Head({ shown, onAsked }: { shown: SyncStatus; onAsked: () => Promise<void> }) {
  const actions = useExtensionActions<'crm.record.tab'>();
  const place = usePlace();
  const [asking, setAsking] = useState(false);
  const retry = () => {
    setAsking(true);
    void call(`/v1/invoices/${shown.invoiceId}/retry`, 'POST')
      .then(onAsked)
      .catch((error: ApiError) => actions.addAlert({ type: 'danger', message: error.message }))
      .then(() => setAsking(false));
  };
  const since = shown.failure?.since;
  return (
    <Flex justify="between" align="center" gap="sm" wrap>
      <Flex gap="sm" align="center">
        <InvoiceStatus status={shown.status} />
        {since && <Text variant="microcopy">{words.since(time(since, place))}</Text>}
      </Flex>
      <LoadingButton
        size="sm"
        loading={asking || shown.queuedAt !== null}
        disabled={!shown.mayAct}
        onClick={retry}
      >
        {shown.queuedAt ? words.checking : words.checkAgain}
      </LoadingButton>
    </Flex>
  );
}

function Waiting({ shown, ended }: { shown: SyncStatus; ended: boolean }) {
  if (ended) return <Alert title={words.queuedLong} variant="warning" />;
  if (shown.queuedAt) return <Alert title={words.queued} variant="info" />;
  if (shown.status === 'pending') return <Alert title={words.pending} variant="info" />;
  return null;
}

function Facts({ shown }: { shown: SyncStatus }) {
  const place = usePlace();
  const { payment, quickbooks } = shown;
  const paid = payment && payment.status !== 'unknown' ? payment : null;
  const currency = shown.currency || paid?.currency || '';
  return (
    <DescriptionList direction="row">
      <DescriptionListItem label={words.inQuickBooks}>
        {quickbooks ? (
          <Link href={{ url: quickbooks.link, external: true }}>{quickbooks.number || words.noNumber}</Link>
        ) : (
          words.notInQuickBooks
        )}
      </DescriptionListItem>
      {shown.amount !== '' && (
        <DescriptionListItem label={words.amount}>{money(shown.amount, currency, place)}</DescriptionListItem>
      )}
      {paid && (
        <DescriptionListItem label={words.balance}>{money(paid.balance, paid.currency, place)}</DescriptionListItem>
      )}
      {paid?.quickbooksReadAt && (
        <DescriptionListItem label={words.balanceRead}>{time(paid.quickbooksReadAt, place)}</DescriptionListItem>
      )}
      {paid && paid.hubspotBalance !== '' && Number(paid.hubspotBalance) !== Number(paid.balance) && (
        <DescriptionListItem label={words.balanceInHubSpot}>
          {money(paid.hubspotBalance, paid.currency, place)}
        </DescriptionListItem>
      )}
      {(shown.company || shown.customer) && (
        <DescriptionListItem label={words.customer}>{shown.company || shown.customer}</DescriptionListItem>
      )}
      {shown.syncedAt && (
        <DescriptionListItem label={words.lastSynced}>{time(shown.syncedAt, place)}</DescriptionListItem>
      )}
    </DescriptionList>
  );
}

function NotConnected({ connection }: { connection: Connection }) {
  return (
    <EmptyState title={WORDS.connection.notConnected} layout="vertical">
      <Text>{WORDS.connection.howToConnect}</Text>
      <Link href={{ url: connection.connectUrl, external: true }}>{WORDS.connection.connect}</Link>
    </EmptyState>
  );
}

hubspot.extend<'crm.record.tab'>(() => <SyncCard />);
