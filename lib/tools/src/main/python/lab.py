"""Starts JupyterLab with the given options, and ends it when the program that started this has gone.

Standard input is a pipe from that program: it ends with it, however it ended. A line on it says that all is there that
JupyterLab shows; what takes the time, the imports, needs not wait for it.
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
    path = os.environ.get("PATH")
    if os.name == "posix" and path:
        # With Node.js on it, importing JupyterLab asks Yarn for its settings, and waits. Of an empty one it makes /usr/bin.
        os.environ["PATH"] = os.path.dirname(os.path.abspath(__file__))
    # Checks a URL's syntax for jsonschema, where it is installed. It compiles a grammar as it is imported, which takes as
    # long as all of JupyterLab; no schema of Jupyter's asks for it.
    sys.modules["rfc3987_syntax"] = None
    from jupyterlab.labapp import main

    if path:
        os.environ["PATH"] = path
    if not os.read(0, 1):
        sys.exit(1)
    threading.Thread(target=end_with_the_launcher, daemon=True).start()
    sys.exit(main())
