// Every component that only shows something, tabs, tables, panels and charts; and a second page.
import { useState } from 'react';
import {
  Accordion, Alert, AutoGrid, BarChart, Box, Button, ButtonRow, Card, DescriptionList, DescriptionListItem, Divider, Dropdown, EmptyState,
  ErrorState, Flex, Heading, hubspot, Icon, Illustration, Inline, LineChart, Link, List, LoadingSpinner, Panel, PanelBody, PanelFooter,
  PanelSection, ProgressBar, ScoreCircle, Spacer, Statistics, StatisticsItem, StatisticsTrend, StatusTag, StepIndicator, Tab, Table,
  TableBody, TableCell, TableFooter, TableHead, TableHeader, TableRow, Tabs, Tag, Text, Tile, Tooltip, useExtensionActions,
} from '@hubspot/ui-extensions';
import {
  createPageRouter, PageBreadcrumbs, PageHeader, PageLink, PageRoutes, PageTitle, usePageRoute,
} from '@hubspot/ui-extensions/pages';

const CODES = [
  { code: 'customer_not_found', count: 4, kind: 'HubSpot' }, { code: 'duplicate_number', count: 2, kind: 'QuickBooks' },
  { code: 'item_not_found', count: 7, kind: 'HubSpot' },
];
const DAYS = [3, 8, 5, 9, 12].map((count, day) => ({ day: `Nov ${day + 20}`, count }));

const Rows = () => {
  const [page, setPage] = useState(1);
  const [sort, setSort] = useState<'ascending' | 'descending' | 'none'>('none');
  return (
    <Table paginated pageCount={7} page={page} onPageChange={setPage} density="condensed">
      <TableHead>
        <TableRow>
          <TableHeader sortDirection={sort} onSortChange={(to) => setSort(to as 'ascending')}>Invoice</TableHeader>
          <TableHeader align="right">Amount</TableHeader><TableHeader>Why</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {[1, 2, 3].map((row) => (
          <TableRow key={row}>
            <TableCell>Row {row} of page {page}, {sort}</TableCell><TableCell align="right">{row * 100}.00</TableCell>
            <TableCell><Tag variant="warning">customer not found</Tag></TableCell>
          </TableRow>
        ))}
      </TableBody>
      <TableFooter><TableRow><TableCell>Sum</TableCell><TableCell align="right">600.00</TableCell><TableCell>-</TableCell></TableRow></TableFooter>
    </Table>
  );
};

const Home = () => {
  const actions = useExtensionActions<'pages'>();
  const [opened, setOpened] = useState(0);
  return (
    <Flex direction="column" gap="md">
      <PageHeader>
        <PageTitle>All components</PageTitle>
        <PageHeader.SecondaryActions><PageHeader.PageLink to="/second" params={{ from: 'header' }}>Second page</PageHeader.PageLink></PageHeader.SecondaryActions>
      </PageHeader>
      {(['info', 'success', 'warning', 'danger', 'tip'] as const).map((one) => <Alert key={one} title={`Alert ${one}`} variant={one}>What it says</Alert>)}
      <Statistics>
        <StatisticsItem label="Failing" number={13}><StatisticsTrend value="20 %" direction="increase" color="red" /></StatisticsItem>
        <StatisticsItem label="Synced" number="1,204" /><StatisticsItem label="Skipped" number={9} />
      </Statistics>
      <Tabs defaultSelected="all">
        <Tab tabId="cause" title="By cause">
          <Flex direction="column" gap="md">
            <BarChart data={CODES} axes={{ x: { field: 'count', fieldType: 'linear' }, y: { field: 'code', fieldType: 'category' } }} options={{ title: 'Failing by cause', showDataLabels: true }} />
            <BarChart data={CODES} axes={{ x: { field: 'code', fieldType: 'category' }, y: { field: 'count', fieldType: 'linear' }, options: { groupFieldByColor: 'kind', stacking: true } }} />
            <LineChart data={DAYS} axes={{ x: { field: 'day', fieldType: 'category' }, y: { field: 'count', fieldType: 'linear' } }} options={{ title: 'By day' }} />
          </Flex>
        </Tab>
        <Tab tabId="all" title={`All (${opened})`}><Rows /></Tab>
        <Tab tabId="off" title="Off" disabled>Nothing</Tab>
      </Tabs>
      <ButtonRow>
        <Button
          variant="primary"
          overlay={
            <Panel id="panel" title="A panel" variant="modal" width="lg" onOpen={() => setOpened((count) => count + 1)}>
              <PanelBody><PanelSection><Text>In the panel</Text></PanelSection><Rows /></PanelBody>
              <PanelFooter><Button onClick={(_, reactions) => reactions.closePanel('panel')}>Close it</Button></PanelFooter>
            </Panel>
          }
        >
          Open the panel
        </Button>
        <Button variant="destructive">Destroy</Button><Button disabled>Disabled</Button><Button variant="transparent">Transparent</Button>
        <Dropdown buttonText="More" variant="secondary">
          <Dropdown.ButtonItem onClick={() => actions.addAlert({ type: 'info', message: 'Chosen in the menu' })}>Tell</Dropdown.ButtonItem>
          <Dropdown.ButtonItem onClick={() => actions.navigateToPage({ to: '/second', params: { from: 'menu' } })}>Go</Dropdown.ButtonItem>
        </Dropdown>
        <Link href={{ url: 'https://app.qbo.intuit.com/app/invoice?txnId=1', external: true }}>In QuickBooks</Link>
      </ButtonRow>
      <StepIndicator stepNames={['Planning', 'Planned', 'Running', 'Done']} currentStep={2} />
      <ProgressBar title="Compared" value={30} maxValue={120} valueDescription="30 of 120" showPercentage />
      <AutoGrid columnWidth={260} flexible gap="md">
        <Tile><Heading>A tile</Heading><Text>Body text <Text inline format={{ fontWeight: 'bold' }}>bold</Text> <Text inline format={{ italic: true }}>italic</Text></Text><Text variant="microcopy">Microcopy</Text></Tile>
        <Card><DescriptionList direction="row"><DescriptionListItem label="Balance">150.00</DescriptionListItem><DescriptionListItem label="Number">INV-1</DescriptionListItem></DescriptionList></Card>
        <Tile compact><List variant="ordered"><Text>First</Text><Text>Second</Text></List><List variant="inline-divided"><Text>a</Text><Text>b</Text></List></Tile>
        <EmptyState title="Nothing here" layout="vertical"><Text>All invoices are in step.</Text></EmptyState>
        <ErrorState title="It could not be read"><Text>The service answered 503.</Text></ErrorState>
        <Flex direction="column" gap="sm" align="start">
          {(['default', 'success', 'warning', 'danger', 'info'] as const).map((one) => <StatusTag key={one} variant={one}>{one}</StatusTag>)}
          <Inline gap="small"><Tag>default</Tag><Tag variant="success">success</Tag><Tag variant="error">error</Tag><Tag variant="info">info</Tag></Inline>
        </Flex>
        <Box><LoadingSpinner label="Loading" showLabel /><Spacer size="md" /><Icon name="warning" color="warning" screenReaderText="Careful" /> <Icon name="success" color="success" /> <ScoreCircle score={80} /> <Illustration name="lock" alt="A lock" /></Box>
        <Text>Hover me<Tooltip>A tooltip</Tooltip></Text>
      </AutoGrid>
      <Divider />
      <Accordion title="History"><Text>Hidden until opened</Text></Accordion>
    </Flex>
  );
};

const Second = () => {
  const { params, path } = usePageRoute();
  return (
    <Flex direction="column" gap="md">
      <PageBreadcrumbs><PageBreadcrumbs.PageLink to="/">All components</PageBreadcrumbs.PageLink><PageBreadcrumbs.Current>Second</PageBreadcrumbs.Current></PageBreadcrumbs>
      <PageTitle>Second</PageTitle>
      <Text>{path} from {params.from ?? 'nowhere'}</Text>
      <PageLink to="/">Back home</PageLink>
    </Flex>
  );
};

const Router = createPageRouter(
  <PageRoutes><PageRoutes.IndexRoute component={Home} /><PageRoutes.Route path="/second" component={Second} /></PageRoutes>,
);
hubspot.extend<'pages'>(() => <Router />);
