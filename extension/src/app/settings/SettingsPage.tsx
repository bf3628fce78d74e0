import { Alert, Button, EmptyState, Flex, Heading, hubspot, Link, LoadingSpinner, Text, Tile } from '@hubspot/ui-extensions';
import { type Answer, SETTINGS, time, Trouble, useAnswer, usePlace, withQuery, WORDS } from '@invoice-sync/shared';
import { useState } from 'react';
import { Field } from './Field';
import { SaveBar } from './SaveBar';
import { SECTIONS, type Settings } from './sections';

/** The settings of the connection: each with its sentence, records of QuickBooks by name. */
export function SettingsPage() {
  const connection = useAnswer<Answer<'ConnectionAnswer'>>('/v1/connection');
  const connected = connection.value !== null && connection.value.state !== 'not_connected';
  const settings = useAnswer<Settings>(connected ? '/v1/settings' : null);
  if (connection.value && !connected) {
    return (
      <EmptyState title={WORDS.connection.notConnected} layout="vertical">
        <Text>{SETTINGS.notConnected}</Text>
        <Link href={{ url: connection.value.connectUrl, external: true }}>{WORDS.connection.connect}</Link>
      </EmptyState>
    );
  }
  const broken = connection.value === null ? connection : settings;
  if (connection.value === null || settings.value === null) {
    if (broken.error) return <Trouble error={broken.error} onRetry={() => void broken.reload()} />;
    return <LoadingSpinner label={SETTINGS.loading} showLabel />;
  }
  return <Editor saved={settings.value} connection={connection.value} onSaved={settings.reload} />;
}

type EditorProps = { saved: Settings; connection: Answer<'ConnectionAnswer'>; onSaved: () => Promise<void> };

function Editor({ saved, connection, onSaved }: EditorProps) {
  const { mayAct } = connection.you;
  const [changes, setChanges] = useState<Partial<Settings>>({});
  const [refresh, setRefresh] = useState(false);
  const choices = useAnswer<Answer<'ChoicesAnswer'>>(
    withQuery('/v1/settings/choices', { refresh: refresh ? true : undefined }),
  );
  const place = usePlace();
  const change = (changed: Partial<Settings>) => setChanges((before) => differing(saved, { ...before, ...changed }));
  return (
    <Flex direction="column" gap="md">
      {!mayAct && <Text>{SETTINGS.mayLook}</Text>}
      {choices.error && (
        <Alert title={SETTINGS.namesUnread} variant="warning">
          {choices.error.message}{' '}
          <Button size="xs" onClick={() => void choices.reload()}>
            {WORDS.error.tryAgain}
          </Button>
        </Alert>
      )}
      {Object.entries(SECTIONS).map(([section, names]) => (
        <Tile key={section}>
          <Flex direction="column" gap="md">
            <Heading>{SETTINGS.sections[section as keyof typeof SECTIONS]}</Heading>
            {names.map((name) => (
              <Field
                key={name}
                name={name}
                settings={{ ...saved, ...changes }}
                choices={choices.value}
                readOnly={!mayAct}
                connectedBy={connection.connectedBy}
                onChange={change}
              />
            ))}
          </Flex>
        </Tile>
      ))}
      {choices.value?.leftOut && <Text>{choices.value.leftOut}</Text>}
      {choices.value && (
        <Flex gap="sm" align="center" wrap>
          <Text variant="microcopy">{SETTINGS.readAt(time(choices.value.readAt, place))}</Text>
          {mayAct && (
            <Button size="xs" disabled={refresh} onClick={() => setRefresh(true)}>
              {SETTINGS.readAgain}
            </Button>
          )}
          {mayAct && <Text variant="microcopy">{SETTINGS.readAgainAbout}</Text>}
        </Flex>
      )}
      {mayAct && (
        <SaveBar
          changes={changes}
          onUndo={() => setChanges({})}
          onSaved={() => void onSaved().then(() => setChanges({}))}
        />
      )}
    </Flex>
  );
}

/** Only what differs from the saved settings: what was changed back is no change. */
function differing(saved: Settings, changes: Partial<Settings>): Partial<Settings> {
  const entries = Object.entries(changes) as [keyof Settings, unknown][];
  const changed = entries.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(saved[name]));
  return Object.fromEntries(changed) as Partial<Settings>;
}

hubspot.extend<'settings'>(() => <SettingsPage />);
