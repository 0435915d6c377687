"""Starts the kernel once, runs what a first notebook would, and has Java keep the classes that took in an archive.

    python archive.py FILE

Kernels that are given the archive start in a fraction of the time.
"""

import os
import sys
from pathlib import Path

from jupyter_client import KernelManager

LIMIT = 300
CELLS = """
import convlstm.backend.*;
import convlstm.layer.*;
import convlstm.model.*;
import convlstm.notebook.*;
import convlstm.tensor.*;
import tech.tablesaw.api.*;
void show(String html) { display(html, "text/html"); }
Backend K = Backends.best();
System.out.println(K.name() + ": " + K.description());
----
1 + 1
----
for (int i = 0; i < 3; i++) { System.out.println(i); }
show(Plots.lines("rehearsal", "x", "y").series("a", new double[] {1, 2}).html("a line"));
show(Tables.html(Table.create("rehearsal", DoubleColumn.create("x", 1, 2))));
----
unknown + 1
----
throw new IllegalStateException("rehearsal");
"""


def main(archive: Path) -> int:
    os.environ["JDK_JAVA_OPTIONS"] = f'"-XX:ArchiveClassesAtExit={archive}" -Xlog:disable'
    manager = KernelManager(kernel_name="java")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=LIMIT)
    for cell in CELLS.split("----\n"):
        client.execute_interactive(cell, timeout=LIMIT, output_hook=lambda message: None, stop_on_error=False)
    client.inspect("K.zeros(", 8, reply=True, timeout=LIMIT)
    client.complete("K.", 2, reply=True, timeout=LIMIT)
    client.shutdown()
    code = manager.provisioner.process.wait(LIMIT)  # Java writes the archive before it ends
    client.stop_channels()
    manager.cleanup_resources()
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
