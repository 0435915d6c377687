"""Starts JupyterLab with the given options, and ends it when the program that started this has gone.

Standard input is a pipe from that program: it ends with it, however it ended.
"""

import os
import signal
import sys
import threading


def end_with_the_launcher():
    while os.read(0, 4096):  # not sys.stdin, whose lock Python wants when it ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal was closed: the launcher ends, and then this
    threading.Thread(target=end_with_the_launcher, daemon=True).start()
    from jupyterlab.labapp import main

    sys.exit(main())
