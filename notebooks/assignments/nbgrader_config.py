"""nbgrader's settings for this course. Run nbgrader in this folder, after `mvn -q -Drun=assignments` in the kit's.

The course's files, grades included, are in course/ beside this file (NBGRADER_COURSE names another place). The kernel is
the instructors': it has the hidden checks, which students never get.
"""

import os
import shutil
from pathlib import Path

here = Path(__file__).resolve().parent
course = Path(os.environ.get("NBGRADER_COURSE", here / "course"))
jupyter = here.parent.parent / "target" / "instructor" / "jupyter"
if not (jupyter / "kernels" / "java" / "kernel.json").exists():
    raise SystemExit("The instructors' Java kernel is not built yet: run mvn -q -Drun=assignments in the kit's folder.")
os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(jupyter), os.environ.get("JUPYTER_PATH")]))

# nbgrader wants a folder for each assignment: A1 for A1-lstm-by-hand.ipynb.
for notebook in (here / "source").glob("*.ipynb"):
    folder = course / "source" / notebook.name.split("-")[0]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(notebook, folder / notebook.name)

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "convlstm"
c.CourseDirectory.root = str(course)
c.ClearSolutions.code_stub = {
    "java": '// YOUR CODE HERE\nthrow new UnsupportedOperationException("not answered yet");'
}
c.Execute.timeout = 600  # A4 trains nine networks in one cell
