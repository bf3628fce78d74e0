"""What the benchmark does to the system, a module a kind. Each scenario returns table rows."""
