"""The same system on one machine: moto for AWS, simulators for HubSpot and QuickBooks."""
