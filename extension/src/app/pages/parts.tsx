import { Link, LoadingSpinner, TableHead, TableHeader, TableRow, useExtensionContext } from '@hubspot/ui-extensions';
import { type Loaded, PAGES, Trouble } from '@invoice-sync/shared';
import type { ReactNode } from 'react';

/** What was loaded; until then a spinner, or why it is not there. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ReactNode }) {
  const retry = () => void of.reload();
  if (of.value === null) {
    return of.error ? <Trouble error={of.error} onRetry={retry} /> : <LoadingSpinner label={PAGES.loading} showLabel />;
  }
  return (
    <>
      {of.error && <Trouble error={of.error} onRetry={retry} shown />}
      {children(of.value)}
    </>
  );
}

export function Head({ titles }: { titles: readonly string[] }) {
  return (
    <TableHead>
      <TableRow>
        {titles.map((title) => (
          <TableHeader key={title}>{title}</TableHeader>
        ))}
      </TableRow>
    </TableHead>
  );
}

/** An invoice by its number, as a link to its record in HubSpot. */
export function InvoiceLink({ id, number, children }: { id: string; number: string; children?: string }) {
  const { portal } = useExtensionContext<'pages'>();
  const url = `https://app.hubspot.com/contacts/${portal.id}/record/0-53/${id}`;
  return <Link href={{ url, external: true }}>{children ?? (number || id)}</Link>;
}
