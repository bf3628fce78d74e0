import { Alert, Button, Flex, StepIndicator, Text } from '@hubspot/ui-extensions';
import { day, PAGES, usePlace } from '@invoice-sync/shared';

const words = PAGES.period;
const STEPS = { planning: 0, planned: 1, running: 2, done: 3, failed: 0, cancelled: 0 } as const;

type Props = {
  job: { state: keyof typeof STEPS; why: string; from: string; to: string };
  ended: boolean;
  mayAct: boolean;
  onReload: () => void;
  onCancel: () => void;
};

/** Where a report or a backfill is, and how to stop it; why it stopped, if it did. */
export function JobSteps({ job, ended, mayAct, onReload, onCancel }: Props) {
  const place = usePlace();
  return (
    <Flex direction="column" gap="sm">
      <Text format={{ fontWeight: 'demibold' }}>
        {day(job.from, place)} – {day(job.to, place)}
      </Text>
      {job.state === 'cancelled' ? (
        <Alert title={job.why} variant="info" />
      ) : job.state === 'failed' ? (
        <Alert title={words.failed} variant="danger">
          {job.why}
        </Alert>
      ) : (
        <Flex direction="column" gap="xs">
          <StepIndicator stepNames={[...words.steps]} currentStep={STEPS[job.state]} />
          {job.state !== 'done' && (
            <Flex>
              <Button size="xs" disabled={!mayAct} onClick={onCancel}>
                {words.stop}
              </Button>
            </Flex>
          )}
        </Flex>
      )}
      {ended && (
        <Alert title={words.stillRunning} variant="info">
          <Button size="xs" onClick={onReload}>
            {PAGES.lookAgain}
          </Button>
        </Alert>
      )}
    </Flex>
  );
}
