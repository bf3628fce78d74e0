import { Alert, Link, Text } from '@hubspot/ui-extensions';
import type { Answer } from './api';
import { WORDS } from './words';

const words = WORDS.connection;

/** That the connection has ended, and where to connect again; nothing while it holds. */
export function ConnectionEnded({ connection }: { connection: Answer<'ConnectionAnswer'> }) {
  if (connection.state === 'connected') return null;
  const isOver = connection.state === 'not_connected';
  const service = connection.service === 'hubspot' ? 'HubSpot' : 'QuickBooks';
  return (
    <Alert title={isOver ? words.notConnected : words.reconnect(service)} variant="danger">
      <Text>{words.asItWas}</Text>
      <Link href={{ url: connection.connectUrl, external: true }}>{isOver ? words.connect : words.reconnectButton}</Link>
    </Alert>
  );
}
