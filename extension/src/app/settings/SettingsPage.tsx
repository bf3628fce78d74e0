import { hubspot, Text } from '@hubspot/ui-extensions';

export function SettingsPage() {
  return <Text>-</Text>;
}

hubspot.extend<'settings'>(() => <SettingsPage />);
