"""What builds, checks, deploys and plays the product. Nothing of it runs in Lambda."""

import errno
import sys
from types import TracebackType

# Trouble of the machine, not of the program.
_OF_THE_MACHINE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in a sentence why a command ended, where a traceback would tell nobody more."""
    if issubclass(kind, KeyboardInterrupt):
        print("\nStopped.", file=sys.stderr)
    elif isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        where = f"{error.filename} cannot be written" if error.filename else "Nothing was written"
        print(f"{where}: {error.strerror}.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


# Python looks for the module of `python -m infra...`, and this package is the command's own.
if sys.argv[:1] == ["-m"]:
    sys.excepthook = _say
