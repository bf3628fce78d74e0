import { Alert, Button, EmptyState, ErrorState, Text } from '@hubspot/ui-extensions';
import type { ApiError } from './api';
import { WORDS } from './words';

type Props = { error: ApiError; onRetry: () => void; shown?: boolean };

/** Why there is nothing to show, or, beside what came before, that it may be out of date. */
export function Trouble({ error, onRetry, shown = false }: Props) {
  const again = <Button onClick={onRetry}>{WORDS.error.tryAgain}</Button>;
  if (shown) {
    return (
      <Alert title={WORDS.error.stale} variant="warning">
        {error.message} {again}
      </Alert>
    );
  }
  if (error.code === 'not_connected') {
    return (
      <EmptyState title={WORDS.connection.notConnected} layout="vertical">
        <Text>{error.message}</Text>
      </EmptyState>
    );
  }
  if (error.code === 'not_allowed') {
    return (
      <EmptyState title={WORDS.error.notAllowed} layout="vertical">
        <Text>{error.message}</Text>
      </EmptyState>
    );
  }
  return (
    <ErrorState title={WORDS.error.title}>
      <Text>{error.message}</Text>
      {again}
    </ErrorState>
  );
}
