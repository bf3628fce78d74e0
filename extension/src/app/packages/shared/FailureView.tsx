import {
  Alert,
  Flex,
  Heading,
  Link,
  List,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import type { Answer } from './api';
import { reasonOf } from './format';
import { WORDS } from './words';

type Failure = Answer<'ExplainedFailure'>;
const words = WORDS.failure;

/** Why an invoice fails, and what a person does about it; what can be decided by a click is not in it. */
export function FailureView({ failure }: { failure: Failure }) {
  return (
    <Flex direction="column" gap="sm">
      <Alert title={failure.title} variant={failure.retried ? 'warning' : 'danger'}>
        {failure.explanation}
      </Alert>
      <Differences differences={failure.differences} />
      {failure.retried && <Text>{words.retried}</Text>}
      <Steps failure={failure} />
      {failure.setting && <Text>{words.setting(failure.setting.label)}</Text>}
      {failure.links.length > 0 && (
        <Flex gap="sm" wrap>
          {failure.links.map((link) => (
            <Link key={link.url} href={{ url: link.url, external: true }}>
              {link.label}
            </Link>
          ))}
        </Flex>
      )}
      <Text variant="microcopy">
        {words.clears}: {failure.healsWhen} {words.fixedBy}: {failure.fixedBy}.
        {failure.intuitTid && ` ${words.forSupport} ${failure.intuitTid}.`}
      </Text>
    </Flex>
  );
}

function Steps({ failure: { remedy } }: { failure: Failure }) {
  const places = [
    [words.inHubSpot, remedy.hubspot],
    [words.inQuickBooks, remedy.quickbooks],
    [words.inThisApp, remedy.app],
  ] as const;
  const steps = places.filter(([, inIt]) => inIt.length > 0);
  if (steps.length === 0) return null;
  return (
    <Flex direction="column" gap="xs">
      <Heading>{words.whatToDo}</Heading>
      {steps.map(([place, inIt]) => (
        <Flex key={place} direction="column" gap="flush">
          <Text format={{ fontWeight: 'demibold' }}>{place}</Text>
          <List variant="unordered-styled">
            {inIt.map((step) => (
              <Text key={step}>{step}</Text>
            ))}
          </List>
        </Flex>
      ))}
    </Flex>
  );
}

export function Differences({ differences }: { differences: Answer<'FieldDifference'>[] }) {
  if (differences.length === 0) return null;
  const withOurs = differences.some(({ written }) => written);
  const columns = [words.field, words.hubspot, ...(withOurs ? [words.written] : []), words.quickbooks];
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          {columns.map((column) => (
            <TableHeader key={column}>{column}</TableHeader>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {differences.map(({ field, hubspot, written, quickbooks }) => (
          <TableRow key={field}>
            <TableCell>{reasonOf(field)}</TableCell>
            <TableCell>{hubspot}</TableCell>
            {withOurs && <TableCell>{written}</TableCell>}
            <TableCell>{quickbooks}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
