"""What the benchmark does to the system, a module a kind; each scenario returns rows of its table."""
