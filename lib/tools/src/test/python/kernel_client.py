"""Runs cells in the kit's kernels, as Jupyter's own client does, and prints as JSON what came back.

    python kernel_client.py CELLS.json KERNELS     each of the kernels runs all the cells
    python kernel_client.py leave                  starts a kernel, prints its process, and ends without ending it
    python kernel_client.py taken                  starts kernels of which one port each is taken, prints how they end

A cell is {"code": ...} to run, with {"interrupt": SECONDS} to stop it so long after it printed something, and {"id": ...} as JupyterLab sends it; {"inspect": ...} or {"complete": ...}
to ask at the end of a text; {"all": [CODE, ...], "stop": BOOLEAN} sends several at once, as "Run All" does, and gets their statuses. The answer to a cell has its text, its outputs in order, its error, and what came meanwhile from cells before (late).
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from jupyter_client import KernelManager

LIMIT = 300


def start():
    manager = KernelManager(kernel_name="java")
    manager.start_kernel(stdout=sys.stderr)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=LIMIT)
    return manager, client


def run(manager, client, cell):
    if "inspect" in cell:
        content = client.inspect(cell["inspect"], len(cell["inspect"]), reply=True, timeout=LIMIT)["content"]
        return {"text": content["data"].get("text/plain", "")}
    if "complete" in cell:
        content = client.complete(cell["complete"], len(cell["complete"]), reply=True, timeout=LIMIT)["content"]
        return {"matches": content["matches"]}
    if "all" in cell:
        asked = [client.execute(code, stop_on_error=cell["stop"]) for code in cell["all"]]
        replies = {}
        while len(replies) < len(asked):
            reply = client.get_shell_msg(timeout=LIMIT)
            if reply["parent_header"]["msg_id"] in asked:  # not what came late from the kernel's start
                replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
        idle = set()
        while not idle >= set(asked):
            message = client.get_iopub_msg(timeout=LIMIT)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                idle.add(message["parent_header"]["msg_id"])
        return {"statuses": [replies[one] for one in asked]}
    answer = {"stdout": "", "stderr": "", "late": "", "order": [], "error": "", "messages": 0}

    def output(message):
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and "interrupt" in cell and not answer["messages"]:  # the code runs; before, it may still be compiled
            threading.Timer(cell["interrupt"], manager.interrupt_kernel).start()
        if kind == "stream":
            answer[content["name"]] += content["text"]
            answer["messages"] += 1
        if kind in ("stream", "display_data", "execute_result"):
            text = content["text"] if kind == "stream" else str(content["data"].get("text/plain", ""))
            answer["order"].append([kind, text])
        if kind == "error":
            answer["error"] = "\n".join(content["traceback"])
            answer["name"] = content["ename"]

    client.session.metadata = {"cellId": cell["id"]} if "id" in cell else {}
    begin = time.time()
    asked = client.execute(cell["code"], allow_stdin=False)
    idle = False
    while not idle:
        message = client.get_iopub_msg(timeout=LIMIT)
        if message["parent_header"].get("msg_id") == asked:
            output(message)
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        elif message["msg_type"] == "stream":
            answer["late"] += message["content"]["text"]
    while (reply := client.get_shell_msg(timeout=LIMIT))["parent_header"].get("msg_id") != asked:
        pass
    answer["status"] = reply["content"]["status"]
    answer["seconds"] = time.time() - begin
    return answer


def taken(port):
    manager = KernelManager(kernel_name="java")
    manager.write_connection_file()  # chooses the ports
    with socket.socket() as other, tempfile.TemporaryFile("w+") as log:
        other.bind((manager.ip, getattr(manager, port)))
        other.listen()
        kernel = subprocess.Popen(manager.format_kernel_cmd(), stderr=log)
        try:
            code = kernel.wait(LIMIT)
        except subprocess.TimeoutExpired:
            code = "it goes on"
            kernel.kill()
        manager.cleanup_connection_file()
        log.seek(0)
        return {"port": port, "exit": code, "says": log.read()}


def all_cells(cells, answers):
    manager, client = start()
    try:
        answers.extend(run(manager, client, cell) for cell in cells)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def finish(value):
    """The last line there is: Python's own end would print what it cannot clean up, such as an event loop's closed file."""
    print(json.dumps(value), flush=True)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "leave":
        manager, _ = start()
        finish(manager.provisioner.pid)
    if sys.argv[1] == "taken":
        finish([taken(port) for port in ("shell_port", "iopub_port", "stdin_port")])
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    everything = [[] for _ in range(int(sys.argv[2]))]
    threads = [threading.Thread(target=all_cells, args=(wanted, answers)) for answers in everything]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finish(everything)
