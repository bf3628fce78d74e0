import { Alert, DescriptionList, DescriptionListItem, Flex, Link, StatusTag, Text } from '@hubspot/ui-extensions';
import { type Answer, PAGES, time, useAnswer, usePlace, WORDS } from '@invoice-sync/shared';
import { Disconnect } from './Disconnect';
import { Shown } from './parts';

type ConnectionAnswer = Answer<'ConnectionAnswer'>;
const words = PAGES.connection;
const VARIANTS = { connected: 'success', reconnect_required: 'danger', not_connected: 'default' } as const;
// The regular check runs every five minutes; three are missed before anybody is told.
const LATE_MS = 16 * 60 * 1000;

/** What is connected with what, since when, whether the regular check runs, and how to end it. */
export function Connection() {
  const connection = useAnswer<ConnectionAnswer>('/v1/connection');
  return <Shown of={connection}>{(value) => <Facts connection={value} onEnded={() => void connection.reload()} />}</Shown>;
}

function Facts({ connection, onEnded }: { connection: ConnectionAnswer; onEnded: () => void }) {
  const place = usePlace();
  const connected = connection.state !== 'not_connected';
  const broken = connection.state !== 'connected';
  const name = [connection.companyName, connection.country, connection.homeCurrency].filter(Boolean).join(', ');
  return (
    <Flex direction="column" gap="md">
      <Flex gap="sm" align="center">
        <StatusTag variant={VARIANTS[connection.state]}>{words.state[connection.state]}</StatusTag>
        {broken && connection.connectUrl && (
          <Link href={{ url: connection.connectUrl, external: true }}>
            {connected ? WORDS.connection.reconnectButton : WORDS.connection.connect}
          </Link>
        )}
      </Flex>
      {isLate(connection) && (
        <Alert title={words.late} variant="warning">
          {words.lateMore}
        </Alert>
      )}
      {connected && (
        <DescriptionList direction="row">
          <DescriptionListItem label={words.company}>{name || connection.realmId}</DescriptionListItem>
          <DescriptionListItem label={words.since}>{time(connection.connectedAt, place)}</DescriptionListItem>
          <DescriptionListItem label={words.by}>{connection.connectedBy || '–'}</DescriptionListItem>
          <DescriptionListItem label={words.start}>{time(connection.startedAt, place)}</DescriptionListItem>
          <DescriptionListItem label={words.lastSweep}>
            {connection.lastSweepAt ? time(connection.lastSweepAt, place) : words.never}
          </DescriptionListItem>
          <DescriptionListItem label={words.trouble}>
            {connection.lastTrouble
              ? `${time(connection.lastTrouble.at, place)}: ${connection.lastTrouble.words}`
              : words.noTrouble}
          </DescriptionListItem>
        </DescriptionList>
      )}
      {connection.quickbooksUrl && connected && (
        <Link href={{ url: connection.quickbooksUrl, external: true }}>{words.openQuickBooks}</Link>
      )}
      <Text>
        {words.you}: {connection.you.email}. {connection.you.mayAct ? words.mayAct : words.mayLook}
      </Text>
      {connected && <Disconnect disabled={!connection.you.mayAct} onEnded={onEnded} />}
    </Flex>
  );
}

function isLate({ state, lastSweepAt }: ConnectionAnswer): boolean {
  return state === 'connected' && lastSweepAt !== null && Date.now() - Date.parse(lastSweepAt) > LATE_MS;
}
