"""Runs one notebook through its kernel, as JupyterLab would, and writes the executed copy.

    python execute.py NOTEBOOK COPY

Ends, and the kernel with it, when standard input does, if CONVLSTM_LAUNCHED is set: that is a pipe from the program that
started this. Prints "cell I of N" as it goes. On a cell's error: one line that names notebook, cell and error, then the cell and
the kernel's traceback; exit code 1.
"""

import hashlib
import os
import re
import sys
import tempfile
import threading
from html import unescape
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# A port chosen for a kernel may be another program's before the kernel listens: JupyterLab starts it again, too.
STARTS = 3


def main(notebook: Path, copy: Path) -> int:
    nb = nbformat.read(notebook, as_version=4)
    current = 0

    def show(cell, cell_index):
        nonlocal current
        current = cell_index + 1
        print(f"cell {current} of {len(nb.cells)}", flush=True)

    error = details = ""
    for start in range(STARTS):
        client = NotebookClient(
            nb,
            timeout=None,  # the launcher limits the whole notebook
            startup_timeout=300,
            record_timing=False,
            coalesce_streams=True,  # what a cell prints is one output, not one for each piece of a line
            resources={"metadata": {"path": str(notebook.parent)}},
            on_cell_start=show,
        )
        with tempfile.TemporaryFile("w+", errors="replace") as log:
            try:
                client.execute(stdout=log, stderr=log)
            except CellExecutionError as e:
                error = f"{e.ename}: {e.evalue}".strip().removesuffix(":")
                outputs = nb.cells[current - 1].outputs
                details = "\n".join(line for out in outputs for line in out.get("traceback", []))
            except RuntimeError as e:  # nbclient's DeadKernelError, too
                error = "the kernel died (out of memory, System.exit, wrong flags, or a crash in native code)"
                log.seek(0)
                details = f"{e}\n{log.read()[-2000:]}"
                if current == 0 and start < STARTS - 1:
                    print(f"{notebook.name}: the kernel is started again, since it said: {details}", flush=True)
                    error = details = ""
                    continue
        break
    shorten_plain_text(nb)
    nb.metadata["outputs_of"] = {cell.id: digest(cell.source) for cell in nb.cells if cell.cell_type == "code"}
    copy.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, copy)
    if not error:
        return 0
    print(f"{notebook.name}, cell {current}: {error}")
    if current:
        print("The cell:")
        print("\n".join("    " + line for line in nb.cells[current - 1].source.splitlines()))
    print("The kernel says:")
    print(re.sub(r"\x1b\[[0-9;]*m", "", details).strip())
    return 1


def digest(source: str) -> str:
    """Tells whether a cell's code has changed since its outputs were stored."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def shorten_plain_text(nb):
    """The kernel repeats a cell's HTML as plain text, embedded images included: keep what plain text can say."""
    for cell in nb.cells:
        for out in cell.get("outputs", []):
            data = out.get("data", {})
            if "text/html" in data:
                text = re.sub(r'<img alt="([^"]*)"[^>]*>', r"[\1]", data["text/html"])
                text = re.sub(r"</t[hd]>", "  ", text)
                data["text/plain"] = unescape(re.sub(r"<[^>]*>", "", text)).strip()


def end_with_the_launcher():
    while os.read(0, 4096):  # not sys.stdin, whose lock Python wants when it ends
        pass
    os._exit(1)  # the kernel sees it and ends too


if __name__ == "__main__":
    if os.environ.pop("CONVLSTM_LAUNCHED", ""):
        threading.Thread(target=end_with_the_launcher, daemon=True).start()
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
