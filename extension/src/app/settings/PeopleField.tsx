import { Flex, Input, ToggleGroup, useExtensionContext } from '@hubspot/ui-extensions';
import { SETTINGS } from '@invoice-sync/shared';
import { listed } from './Field';
import type { Settings } from './sections';

const EVERYONE = 'everyone';

type Props = {
  settings: Settings;
  readOnly: boolean;
  connectedBy: string;
  onChange: (changed: Partial<Settings>) => void;
};

/** Who may act: everyone, or people by their emails. */
export function PeopleField({ settings, readOnly, connectedBy, onChange }: Props) {
  const { label, about } = SETTINGS.fields.mayAct;
  const { user } = useExtensionContext<'settings'>();
  // While nobody is named, who connected may act; while that is not known either, everyone may.
  const nobody = settings.mayAct.length === 0 && !connectedBy;
  const everyone = nobody || settings.mayAct.includes(EVERYONE);
  const people = settings.mayAct.filter((person) => person !== EVERYONE);
  // Whoever restricts it must not lock themselves out.
  const restricted = people.length > 0 ? people : [user.email];
  return (
    <Flex direction="column" gap="sm">
      <ToggleGroup
        toggleType="radioButtonList"
        name="mayAct"
        label={`${label}. ${about}`}
        value={everyone ? EVERYONE : 'named'}
        options={[
          { value: EVERYONE, label: SETTINGS.everyone, readonly: readOnly },
          { value: 'named', label: SETTINGS.named, readonly: readOnly },
        ]}
        onChange={(value) => onChange({ mayAct: value === EVERYONE ? [EVERYONE] : restricted })}
      />
      {!everyone && (
        <Input
          name="people"
          label={SETTINGS.emails}
          value={people.join(', ')}
          readOnly={readOnly}
          onChange={(text: string) => onChange({ mayAct: listed(text) })}
        />
      )}
    </Flex>
  );
}
