import { Button, Flex, Input, Select, Text } from '@hubspot/ui-extensions';
import { SETTINGS } from '@invoice-sync/shared';
import { useState } from 'react';
import { optionsOf } from './options';
import { type Choices, LISTS, type Settings } from './sections';

export type MapName = 'terms' | 'taxCodes';

type Props = {
  name: MapName;
  settings: Settings;
  choices: Choices | null;
  readOnly: boolean;
  onChange: (changed: Partial<Settings>) => void;
};

/** A setting that gives each of several values of HubSpot a record of QuickBooks. */
export function MapField({ name, settings, choices, readOnly, onChange }: Props) {
  const { label, about } = SETTINGS.fields[name];
  const [key, setKey] = useState('');
  const [id, setId] = useState('');
  const entries = settings[name];
  const list = choices?.[LISTS[name]];
  const keyLabel = name === 'terms' ? SETTINGS.days : SETTINGS.tax;
  const idLabel = name === 'terms' ? SETTINGS.term : SETTINGS.taxCode;
  const add = () => {
    onChange({ [name]: { ...entries, [key.trim()]: id } });
    setKey('');
    setId('');
  };
  const remove = (gone: string) =>
    onChange({ [name]: Object.fromEntries(Object.entries(entries).filter(([some]) => some !== gone)) });
  return (
    <Flex direction="column" gap="xs">
      <Text format={{ fontWeight: 'demibold' }}>{label}</Text>
      <Text variant="microcopy">{about}</Text>
      {Object.entries(entries).map(([some, chosen]) => (
        <Flex key={some} gap="sm" align="end">
          <Input name={`${name}-${some}-key`} label={keyLabel} value={some} readOnly />
          <Select
            name={`${name}-${some}`}
            label={idLabel}
            value={chosen}
            readOnly={readOnly}
            options={optionsOf(name, list, chosen, false)}
            onChange={(value) => onChange({ [name]: { ...entries, [some]: String(value) } })}
          />
          {!readOnly && (
            <Button size="sm" onClick={() => remove(some)}>
              {SETTINGS.remove}
            </Button>
          )}
        </Flex>
      ))}
      {!readOnly && (
        <Flex gap="sm" align="end">
          <Input name={`${name}-new-key`} label={keyLabel} value={key} onInput={(text: string) => setKey(text)} />
          <Select
            name={`${name}-new`}
            label={idLabel}
            value={id}
            options={optionsOf(name, list, id, true)}
            onChange={(value) => setId(String(value))}
          />
          <Button size="sm" disabled={!key.trim() || !id} onClick={add}>
            {SETTINGS.add}
          </Button>
        </Flex>
      )}
    </Flex>
  );
}
