"""The product in virtual time: its real code between the local services, on one thread.

Every outbound call and every wait takes virtual seconds; computing takes none. When all that runs
side by side waits, the clock jumps to the first that wakes. So no figure depends on the machine.
"""
