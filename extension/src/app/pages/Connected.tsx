import { Flex } from '@hubspot/ui-extensions';
import { type Answer, ConnectionEnded, useAnswer } from '@invoice-sync/shared';
import type { ReactNode } from 'react';

/** A page that shows what was synced: first of all, it says if the connection has ended. */
export function Connected({ children }: { children: ReactNode }) {
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  return (
    <Flex direction="column" gap="md">
      {connection.value && <ConnectionEnded connection={connection.value} />}
      {children}
    </Flex>
  );
}
