import { EmptyState, Flex, hubspot, Text } from '@hubspot/ui-extensions';
import { createPageRouter, PageLink, PageRoutes, PageTitle } from '@hubspot/ui-extensions/pages';
import { PAGES } from '@invoice-sync/shared';
import type { ComponentType, ReactNode } from 'react';
import { Audit } from './Audit';
import { Backfill } from './Backfill';
import { Connected } from './Connected';
import { Connection } from './Connection';
import { Failing } from './Failing';
import { Home } from './Home';
import { Report } from './Report';
import { Unrecorded } from './Unrecorded';

const PATHS = {
  home: '/',
  failing: '/failing',
  payments: '/payments',
  report: '/report',
  backfill: '/backfill',
  audit: '/audit',
  connection: '/connection',
} as const;

function Layout({ children }: { children: ReactNode }) {
  return (
    <Flex direction="column" gap="md">
      <PageTitle>{PAGES.title}</PageTitle>
      <Flex gap="md" wrap>
        {Object.entries(PATHS).map(([name, path]) => (
          <PageLink key={path} to={path}>
            {PAGES.nav[name as keyof typeof PATHS]}
          </PageLink>
        ))}
      </Flex>
      {children}
    </Flex>
  );
}

function NotFound() {
  return (
    <EmptyState title={PAGES.notFound} layout="vertical">
      <Text>
        <PageLink to={PATHS.home}>{PAGES.nav.home}</PageLink>
      </Text>
    </EmptyState>
  );
}

function within(Page: ComponentType): ComponentType {
  return function Within() {
    return (
      <Connected>
        <Page />
      </Connected>
    );
  };
}

const Router = createPageRouter(
  <PageRoutes layoutComponent={Layout}>
    <PageRoutes.IndexRoute component={Home} />
    <PageRoutes.Route path={PATHS.failing} component={within(Failing)} />
    <PageRoutes.Route path={PATHS.payments} component={within(Unrecorded)} />
    <PageRoutes.Route path={PATHS.report} component={within(Report)} />
    <PageRoutes.Route path={PATHS.backfill} component={within(Backfill)} />
    <PageRoutes.Route path={PATHS.audit} component={Audit} />
    <PageRoutes.Route path={PATHS.connection} component={Connection} />
    <PageRoutes.AnyRoute component={NotFound} />
  </PageRoutes>,
);

export function Pages() {
  return <Router />;
}

hubspot.extend<'pages'>(() => <Pages />);
