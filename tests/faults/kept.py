"""Plans that once found a fault of the product. `make test` plays them again."""

KEPT: tuple[str, ...] = ()
