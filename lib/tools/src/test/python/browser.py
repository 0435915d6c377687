"""Uses the course in Chromium as a newcomer would, and keeps a picture of each step.

    python browser.py CHROMIUM URL FOLDER PICTURES

URL is that of JupyterLab, with its token, on FOLDER. Fails at the first thing that is not as it should be.
"""

import json
import re
import sys
import time
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

LIMIT = 400  # seconds for all cells of a notebook


def menu(page, *items):
    for item in items:
        page.get_by_role("menuitem", name=re.compile("^" + re.escape(item) + "( |$|…)")).first.click()


def all_cells(page, file):
    """Runs all cells and waits until the saved notebook has what they put out."""
    menu(page, "Edit", "Clear Outputs of All Cells")
    page.keyboard.press("Control+s")
    menu(page, "Run", "Run All Cells")
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        time.sleep(2)
        page.keyboard.press("Control+s")
        time.sleep(1)
        cells = [c for c in json.loads(file.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
        errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
        assert not errors, f"{file.name}: {errors[0]['evalue']}"
        if all(c["execution_count"] for c in cells):
            return
    raise AssertionError(f"{file.name}: not done after {LIMIT} s")


def cell(page, code):
    """Types into the last cell of the notebook, runs it, and returns its outputs' place."""
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    last = shown.locator(".jp-CodeCell").last
    last.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    number = shown.locator(".jp-CodeCell").count()
    page.keyboard.press("Shift+Enter")
    return shown.locator(".jp-CodeCell").nth(number - 1).locator(".jp-OutputArea")


def main(chromium, url, folder, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)

        def picture(name):
            page.screenshot(path=pictures / f"{name}.png")
            print(name, flush=True)

        page.goto(url)
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
        picture("1-first-sight")
        all_cells(page, folder / "00-start-here.ipynb")
        picture("2-notebook-00")

        begin = time.monotonic()
        menu(page, "File", "New", "Notebook")
        select = page.locator(".jp-Dialog .jp-mod-accept")
        select.click()
        two = cell(page, "1 + 1")
        expect(two).to_contain_text("2")
        print(f"new notebook to the result of 1 + 1: {time.monotonic() - begin:.1f} s", flush=True)
        plot = cell(page, "import convlstm.notebook.*;\ndisplay(Plots.lines(\"a line\", \"x\", \"y\")"
                          ".series(\"a\", new double[] {1, 2, 4}).html(\"a line\"), \"text/html\");")
        expect(plot.locator("img")).to_be_visible()
        print(f"to the first plot: {time.monotonic() - begin:.1f} s", flush=True)
        loop = cell(page, "long z = 0;\nwhile (true) z++;")
        time.sleep(2)
        menu(page, "Kernel", "Interrupt Kernel")
        expect(loop).to_contain_text("Interrupted")
        expect(cell(page, "z > 0")).to_contain_text("true")
        expect(cell(page, "int a = modle;")).to_contain_text("cannot find symbol")
        picture("3-new-notebook")
        menu(page, "Settings", "Theme", "JupyterLab Dark")
        expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()
        time.sleep(1)
        picture("4-dark")
        if (folder / "06-training-side-by-side.ipynb").exists():
            page.goto(re.sub(r"tree/[^?]*", "tree/06-training-side-by-side.ipynb", url))
            page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
            all_cells(page, folder / "06-training-side-by-side.ipynb")
            picture("5-notebook-06")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
