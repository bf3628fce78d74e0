// Meets what the product's card will meet: the API, a decision in a modal, alerts, the record.
import { useEffect, useState } from 'react';
import {
  Alert, Button, Flex, hubspot, LoadingButton, Modal, ModalBody, ModalFooter, StatusTag, Text, useExtensionActions,
  useExtensionContext,
} from '@hubspot/ui-extensions';
import { CrmReport } from '@hubspot/ui-extensions/crm';

type Status = { status: string; failure?: { title: string; resolutions: { name: string; label: string }[] } };
const API = 'https://stage.invalid/v1/invoices';

const Card = () => {
  const { crm, user } = useExtensionContext<'crm.record.tab'>();
  const { addAlert, closeOverlay } = useExtensionActions<'crm.record.tab'>();
  const [shown, setShown] = useState<Status>();
  const [refused, setRefused] = useState('');
  const [busy, setBusy] = useState(false);
  const ask = async (path: string, method: 'GET' | 'POST' = 'GET', body?: Record<string, unknown>) => {
    const answer = await hubspot.fetch(`${API}/${crm.objectId}/${path}`, { method, body });
    return (await answer.json()) as Status;
  };
  useEffect(() => {
    const look = () => void ask('sync-status').then(setShown);
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, []);
  const decide = async (resolution: string) => {
    setBusy(true);
    await ask('resolve', 'POST', { resolution });
    setBusy(false);
    addAlert({ type: 'success', message: 'It is decided.' });
    closeOverlay('decide');
  };
  const elsewhere = async () => {
    const answer = await hubspot.fetch('https://elsewhere.example/v1');
    setRefused(`${answer.status} ${await answer.text()}`);
  };
  if (!shown) return <Text>Asking</Text>;
  const resolution = shown.failure?.resolutions.find(({ name }) => name.startsWith('next_free'));
  return (
    <Flex direction="column" gap="md">
      <StatusTag variant={shown.status === 'synced' ? 'success' : 'danger'}>{shown.status}</StatusTag>
      {shown.failure && <Alert title={shown.failure.title} variant="danger">For {user.firstName}</Alert>}
      {resolution && user.permissions.length > 0 && (
        <Button
          variant="primary"
          overlay={
            <Modal id="decide" title="Decide">
              <ModalBody><Text>{resolution.label}</Text></ModalBody>
              <ModalFooter><LoadingButton loading={busy} onClick={() => void decide(resolution.name)}>Do it</LoadingButton></ModalFooter>
            </Modal>
          }
        >
          Decide
        </Button>
      )}
      <Button onClick={() => void elsewhere()}>Ask elsewhere</Button>
      {refused && <Text>{refused}</Text>}
      <CrmReport reportId={1} />
    </Flex>
  );
};
hubspot.extend<'crm.record.tab'>(() => <Card />);
